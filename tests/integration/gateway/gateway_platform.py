"""A gateway process with everything it needs, and a client for it."""

import asyncio
import secrets
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from argon2 import PasswordHasher

from services.cli.initialise import initialise
from shared.accounts.users import hash_password
from shared.directory.entries import Entry
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from tests.support.clients.http import Answer, answering, free_port, refusing_url, request
from tests.support.data.directory import ACCOUNT, NORTH, PARK, TWO_AGENCIES_AND_A_PARK, publish_directory
from tests.support.engines.chosen_engines import Engines
from tests.support.processes.services import service

PASSWORD = "correct horse"
USERS: dict[str, dict[str, Any]] = {
    "all": {"kind": "everything"},
    "north": {"kind": "agencies", "uids": [NORTH]},
    "account": {"kind": "accounts", "uids": [ACCOUNT]},
    "park": {"kind": "patrimonies", "uids": [PARK]},
    "nothing": {"kind": "agencies", "uids": []},
}


@dataclass(frozen=True, slots=True)
class Received:
    """A request that a command service received."""

    service: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class CommandSide:
    """Two HTTP servers that replace command services: they record requests and answer as configured."""

    urls: list[str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    silent: bool = False
    """Drop the connection instead of answering."""
    stuck: bool = False
    """Never answer."""

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.received.clear()
        self.status, self.body, self.silent = status, body, False
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @asynccontextmanager
    async def service(self, name: str) -> AsyncIterator[None]:
        async def answer(request: web.BaseRequest) -> web.Response:
            body = await request.read()
            self.received.append(Received(name, request.method, request.raw_path, dict(request.headers), body))
            if self.silent and request.transport:
                request.transport.abort()
            if self.stuck:
                await asyncio.Event().wait()
            return web.Response(status=self.status, body=self.body, headers=self.headers)

        runner = web.ServerRunner(web.Server(answer), shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            yield
        finally:
            await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Platform:
    """A running gateway, its database, and the replaced command services behind it."""

    settings: EngineSettings
    db: Database
    url: str
    commands: CommandSide
    cookies: dict[str, str]

    async def ask(self, target: str, login: str | None = "all", method: str = "GET", **sent: Any) -> Answer:
        """Request `target` as the user with this login."""
        headers = {"Cookie": self.cookies[login]} if login else {}
        return await request(method, self.url + target, headers=headers | sent.pop("headers", {}), **sent)


@asynccontextmanager
async def platform_on(
    engines: Engines,
    folder: Path,
    *,
    entries: Iterable[Entry] = TWO_AGENCIES_AND_A_PARK,
    scopes: Mapping[str, Mapping[str, Any]] = USERS,
) -> AsyncIterator[Platform]:
    """Run a gateway with two replaced command services and one that is down; each of `scopes` has a logged-in user."""
    name = f"gateway-{secrets.token_hex(6)}"
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    await initialise(settings)
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(connected(settings.mongo))
        closing.push_async_callback(client.drop_database, name)
        db = database(client, name)
        await publish_directory(settings, entries)
        await db.users.insert_many(
            {"_id": f"uid of {login}", "login": login, "role": "operator", "scope": scope, "passwordHash": hashed}
            for hashed in [hash_password(PASSWORD)]
            for login, scope in scopes.items()
        )
        commands = CommandSide()
        await closing.enter_async_context(commands.service("one"))
        await closing.enter_async_context(commands.service("two"))
        away = closing.enter_context(refusing_url())
        port, log = free_port(), folder / "log"
        process = await closing.enter_async_context(gateway(settings, "gateway", port, [away, *commands.urls], log))
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        cookies = {login: await logged_in(url, login) for login in scopes}
        yield Platform(settings, db, url, commands, cookies)
        assert process.returncode is None, log.read_text()


def gateway(
    settings: EngineSettings, name: str, port: int, command_urls: Sequence[str], log: Path, **more: str
) -> AbstractAsyncContextManager[Process]:
    """Run a gateway process; it is killed at the end if it still runs."""
    return service("gateway", settings, log, name=name, port=port, command_urls=",".join(command_urls), **more)


async def add_guessed(db: Database, *logins: str) -> None:
    """Add users whose passwords are checked in a millisecond: many guesses wait in turns, and none waits too long."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await db.users.insert_many(
        {"_id": f"uid of {login}", "login": login, "role": "reader", "scope": USERS["nothing"], "passwordHash": hashed}
        for login in logins
    )


async def logged_in(url: str, login: str) -> str:
    """Log in and return the whole `Set-Cookie` header, which the oldest client sends back unchanged."""
    answer = await request("POST", f"{url}/api/v1/login", json={"login": login, "password": PASSWORD})
    assert answer.status == 200
    cookie: str = answer.headers["Set-Cookie"]
    return cookie
