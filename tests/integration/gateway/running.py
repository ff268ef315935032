"""A gateway process, what it needs around it, and a client to ask it."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from shared.directory import Agency, Patrimony
from shared.kafka import Message, producer, publish
from shared.mongo import Database
from shared.settings import EngineSettings
from shared.topics import Topics

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
PARK, ACCOUNT = "f178e729-3286-74d1-ab19-c8539d1dc741", "aaaaaaaa-3286-74d1-ab19-c8539d1dc741"
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
class Answer:
    """What came back, the body read."""

    status: int
    headers: Any
    body: bytes


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


async def request(method: str, url: str, **sent: Any) -> Answer:
    """Send one request, the URL as it is written."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), cookie_jar=aiohttp.DummyCookieJar()) as client,
        client.request(method, URL(url, encoded=True), allow_redirects=False, **sent) as answer,
    ):
        return Answer(answer.status, answer.headers, await answer.read())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def gateway(
    settings: EngineSettings, name: str, port: int, command_urls: Sequence[str], log: Path, **more: str
) -> AsyncIterator[Process]:
    """Run a gateway process; it is killed at the end if it still runs."""
    wanted = settings.model_dump() | {"name": name, "port": port, "command_urls": ",".join(command_urls)} | more
    environment = {f"TICKETSTREAM_{key.upper()}": str(value) for key, value in wanted.items()}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.gateway", env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def answering(url: str, process: Process, log: Path) -> None:
    """Wait until the gateway at `url` answers."""
    said = log.read_text
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None, said()
            try:
                await request("GET", url + "/")
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
            else:
                return


async def fill_directory(settings: EngineSettings) -> None:
    """Publish two agencies and a patrimony of both."""
    entries = [
        Agency(uid=NORTH, label="North", accountUid=ACCOUNT),
        Agency(uid=SOUTH, label="South", accountUid=NORTH),
        Patrimony(uid=PARK, ref="ZER319", agencyUids=(NORTH, SOUTH)),
    ]
    messages = [Message(0, entry.uid.encode(), entry.model_dump_json().encode(), 1) for entry in entries]
    async with producer(settings.kafka) as sender:
        await publish(sender, Topics(settings.topic_prefix).directory, messages)


async def logged_in(url: str, login: str) -> str:
    """Log in and give the whole `Set-Cookie`, which the oldest client sends back as it is."""
    answer = await request("POST", f"{url}/api/v1/login", json={"login": login, "password": PASSWORD})
    assert answer.status == 200
    cookie: str = answer.headers["Set-Cookie"]
    return cookie
