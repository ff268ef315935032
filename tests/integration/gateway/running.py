"""A gateway process, what it needs around it, and a client to ask it."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from shared.mongo import Database
from shared.settings import EngineSettings
from tests.support.directory import ACCOUNT, NORTH, PARK
from tests.support.http import Answer, request
from tests.support.services import service

PASSWORD = "correct horse"
USERS = {
    "all": {"kind": "everything"},
    "north": {"kind": "agencies", "uids": [NORTH]},
    "account": {"kind": "accounts", "uids": [ACCOUNT]},
    "park": {"kind": "patrimonies", "uids": [PARK]},
    "nothing": {"kind": "agencies", "uids": []},
}


@dataclass(frozen=True, slots=True)
class Received:
    """What a command service was sent."""

    service: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class CommandSide:
    """Two HTTP servers in the place of command services: they keep what comes, and answer what they are told."""

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
        yield
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Platform:
    """A running gateway, its database and what stands behind it."""

    settings: EngineSettings
    db: Database
    url: str
    commands: CommandSide
    cookies: dict[str, str]

    async def ask(self, target: str, login: str | None = "all", method: str = "GET", **sent: Any) -> Answer:
        """Request `target` as the user with this login."""
        headers = {"Cookie": self.cookies[login]} if login else {}
        return await request(method, self.url + target, headers=headers | sent.pop("headers", {}), **sent)


def gateway(
    settings: EngineSettings, name: str, port: int, command_urls: Sequence[str], log: Path, **more: str
) -> AbstractAsyncContextManager[Process]:
    """Run a gateway process; it is killed at the end if it still runs."""
    return service("gateway", settings, log, name=name, port=port, command_urls=",".join(command_urls), **more)


async def logged_in(url: str, login: str) -> str:
    """Log in and give the whole `Set-Cookie`, which the oldest client sends back as it is."""
    answer = await request("POST", f"{url}/api/v1/login", json={"login": login, "password": PASSWORD})
    assert answer.status == 200
    cookie: str = answer.headers["Set-Cookie"]
    return cookie
