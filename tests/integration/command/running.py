"""Command services as their clients meet them: two processes on one database, and users who are logged in."""

import json
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from services.command.app import application
from services.command.event_store import EventStore
from services.command.handler import CommandHandler
from shared.clock import utc_now
from shared.mongo import Database
from shared.replica import DirectoryReplica
from shared.sessions import COOKIE, Sessions
from shared.settings import EngineSettings
from shared.topics import Topics
from shared.users import hash_password
from shared.web import serve
from tests.support.contract import command
from tests.support.directory import ACCOUNT, NORTH, PARK, SOUTH
from tests.support.http import Answer, answering, free_port, listening, request
from tests.support.services import service
from tests.support.tasks import running
from tests.support.tickets import AT_NORTH, Stored, stored
from tests.support.views import until

OPEN = "/api/vEvent/tickets"
PASSWORD = "correct horse"
USERS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("operator", {"kind": "everything"}),
    "reader": ("reader", {"kind": "everything"}),
    "north": ("operator", {"kind": "agencies", "uids": [NORTH]}),
    "south": ("operator", {"kind": "agencies", "uids": [SOUTH]}),
    "account": ("operator", {"kind": "accounts", "uids": [ACCOUNT]}),
    "park": ("operator", {"kind": "patrimonies", "uids": [PARK]}),
    "nothing": ("operator", {"kind": "agencies", "uids": []}),
}


def user_uid(login: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, login))


async def logged_in(db: Database, logins: Iterable[str]) -> dict[str, str]:
    """Add the users called `logins` and open a session for each; gives the `Cookie` of each."""
    hashed = hash_password(PASSWORD)
    sessions = Sessions(db)
    cookies = {}
    for login in logins:
        role, scope = USERS[login]
        user = {"_id": user_uid(login), "login": login, "role": role, "scope": scope, "passwordHash": hashed}
        await db.users.insert_one(user)
        cookies[login] = f"{COOKIE}={await sessions.log_in(login, PASSWORD, utc_now())}"
    return cookies


def fresh() -> str:
    """Give a uid that nothing has."""
    return str(uuid.uuid4())


def written(name: str, **changed: Any) -> dict[str, Any]:
    """Give an example command with a processUid of its own; what opens or moves a ticket names North."""
    placed = {"locationRef": AT_NORTH} if name in ("OpenTicket", "UpdateTicket") else {}
    return command(name, **({"processUid": fresh(), "aggregateUid": None} | placed | changed))


@dataclass(frozen=True, slots=True)
class Client:
    """A client of one command service or more, with everybody's session."""

    urls: tuple[str, ...]
    cookies: dict[str, str]

    async def ask(self, method: str, path: str, login: str | None = "all", *, to: int = 0, **sent: Any) -> Answer:
        """Send one request to service number `to`; without a `Content-Type` unless it is given."""
        headers = {"Cookie": self.cookies[login]} if login else {}
        headers |= sent.pop("headers", {})
        return await request(method, self.urls[to] + path, headers=headers, skip_auto_headers=["Content-Type"], **sent)

    async def send(self, sent: dict[str, Any], ticket: str | None = None, login: str = "all", to: int = 0) -> Answer:
        """Send a command: an increment of `ticket`, or an opening."""
        method, path = ("POST", OPEN) if ticket is None else ("PATCH", f"{OPEN}/{ticket}")
        return await self.ask(method, path, login, to=to, data=json.dumps(sent))

    async def opened(self, **changed: Any) -> str:
        """Open a ticket and give its uid."""
        answer = await self.send(written("OpenTicket", **changed))
        assert answer.status == 201, answer
        ticket: str = json.loads(answer.body)["events"][0]["aggregateUid"]
        return ticket


@dataclass(frozen=True, slots=True)
class Services(Client):
    """Two command service processes on one database."""

    settings: EngineSettings
    db: Database
    logs: tuple[Path, ...]


def error_of(answer: Answer) -> str:
    """Give the `errorType` of an answer that is in the shape of `Error` and nothing else."""
    assert answer.headers["Content-Type"] == "application/json"
    fields = json.loads(answer.body)
    assert fields.keys() == {"errorType", "message"}
    assert fields["message"]
    error: str = fields["errorType"]
    return error


async def put(db: Database, *events: tuple[str, dict[str, Any]]) -> list[Stored]:
    """Put a ticket with these events, each an event type and what differs from the example, into the event store."""
    ticket = fresh()
    life = [stored(ticket, version, name, **changed) for version, (name, changed) in enumerate(events, 1)]
    if life:
        await db.events.insert_many([event.document() for event in life])
    return life


async def bodies(db: Database, ticket: str) -> list[bytes]:
    """Give the ticket's events as they are stored, which must be versions 1, 2, 3 and so on."""
    documents = await db.events.find({"ticket": ticket}).sort("version", 1).to_list(None)
    assert [document["version"] for document in documents] == list(range(1, len(documents) + 1))
    return [bytes(document["body"]) for document in documents]


@asynccontextmanager
async def command_service(
    settings: EngineSettings, log: Path, name: str = "command-1"
) -> AsyncIterator[tuple[str, Process]]:
    """Run a command service process and give its URL and the process, once it answers."""
    port = free_port()
    async with service("command", settings, log, name=name, port=port) as process:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        yield url, process


@asynccontextmanager
async def served_here(settings: EngineSettings, db: Database) -> AsyncIterator[str]:
    """Run a command service without its relay in this process, where a test can make its limits small."""
    store, sessions, port = EventStore(db), Sessions(db), free_port()
    async with DirectoryReplica(settings.kafka, Topics(settings.topic_prefix).directory) as replica:
        app = application(CommandHandler(store), sessions, replica, utc_now)
        serving = serve(app, "127.0.0.1", port)
        async with running(serving, store.write(), replica.follow()):
            url = f"http://127.0.0.1:{port}"
            await until(partial(listening, url))
            yield url
