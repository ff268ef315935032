"""Command services and their clients: two processes on one database, and users with sessions."""

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
from shared.accounts.callers import Callers
from shared.accounts.session_cookie import COOKIE
from shared.accounts.sessions import Sessions
from shared.accounts.users import hash_password
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.http.server import serve
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.support.clients.http import Answer, answering, free_port, listening, request
from tests.support.data.contract_examples import command
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH
from tests.support.data.tickets import AT_NORTH, Stored, stored
from tests.support.expected.views import until
from tests.support.processes.services import service
from tests.support.processes.tasks import running

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
    """Add the users named `logins` and open a session for each; return their `Cookie` headers."""
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
    """Return an unused uid."""
    return str(uuid.uuid4())


def written(name: str, **changed: Any) -> dict[str, Any]:
    """Return an example command with its own processUid; commands that place a ticket name North."""
    placed = {"locationRef": AT_NORTH} if name in ("OpenTicket", "UpdateTicket") else {}
    return command(name, **({"processUid": fresh(), "aggregateUid": None} | placed | changed))


@dataclass(frozen=True, slots=True)
class Client:
    """A client of one or more command services, with the sessions of all users."""

    urls: tuple[str, ...]
    cookies: dict[str, str]

    async def ask(self, method: str, path: str, login: str | None = "all", *, to: int = 0, **sent: Any) -> Answer:
        """Send one request to service number `to`; it has no `Content-Type` unless `headers` has one."""
        headers = {"Cookie": self.cookies[login]} if login else {}
        headers |= sent.pop("headers", {})
        return await request(method, self.urls[to] + path, headers=headers, skip_auto_headers=["Content-Type"], **sent)

    async def send(self, sent: dict[str, Any], ticket: str | None = None, login: str = "all", to: int = 0) -> Answer:
        """Send a command: an increment of `ticket`, or an opening."""
        method, path = ("POST", OPEN) if ticket is None else ("PATCH", f"{OPEN}/{ticket}")
        return await self.ask(method, path, login, to=to, data=json.dumps(sent))

    async def opened(self, **changed: Any) -> str:
        """Open a ticket and return its uid."""
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
    """Return the `errorType` of an answer, which must have exactly the shape of `Error`."""
    assert answer.headers["Content-Type"] == "application/json"
    fields = json.loads(answer.body)
    assert fields.keys() == {"errorType", "message"}
    assert fields["message"]
    error: str = fields["errorType"]
    return error


async def put(db: Database, *events: tuple[str, dict[str, Any]]) -> list[Stored]:
    """Store a ticket with these events; each is an event type and the fields that differ from the example."""
    ticket = fresh()
    life = [stored(ticket, version, name, **changed) for version, (name, changed) in enumerate(events, 1)]
    if life:
        await db.events.insert_many([event.document() for event in life])
    return life


async def bodies(db: Database, ticket: str) -> list[bytes]:
    """Return the ticket's stored events; their versions must be 1, 2, 3 and so on."""
    documents = await db.events.find({"ticket": ticket}).sort("version", 1).to_list(None)
    assert [document["version"] for document in documents] == list(range(1, len(documents) + 1))
    return [bytes(document["body"]) for document in documents]


@asynccontextmanager
async def command_service(
    settings: EngineSettings, log: Path, name: str = "command-1"
) -> AsyncIterator[tuple[str, Process]]:
    """Run a command service process; yields its URL and the process once it answers."""
    port = free_port()
    async with service("command", settings, log, name=name, port=port) as process:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        yield url, process


@asynccontextmanager
async def served_here(settings: EngineSettings, db: Database) -> AsyncIterator[str]:
    """Run a command service without its relay in this process, so that a test can lower its limits."""
    store, callers, port = EventStore(db), Callers(db), free_port()
    async with DirectoryReplica(settings.kafka, Topics(settings.topic_prefix).directory) as replica:
        app = application(CommandHandler(store), callers, replica, utc_now)
        serving = serve(app, "127.0.0.1", port)
        async with running(serving, store.write(), replica.follow()):
            url = f"http://127.0.0.1:{port}"
            await until(partial(listening, url))
            yield url
