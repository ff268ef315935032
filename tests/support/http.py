"""An HTTP client that sends what it is told, and the waiting for a server."""

import asyncio
import socket
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, the body read."""

    status: int
    headers: Any
    body: bytes


async def request(method: str, url: str, **sent: Any) -> Answer:
    """Send one request, the URL as it is written."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), cookie_jar=aiohttp.DummyCookieJar()) as client,
        client.request(method, URL(url, encoded=True), allow_redirects=False, **sent) as answer,
    ):
        return Answer(answer.status, answer.headers, await answer.read())


@contextmanager
def refusing_url() -> Iterator[str]:
    """Give the address of a service that is away: its port is held, and nobody listens on it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def listening(url: str) -> bool:
    """Tell whether a service answers at `url`, whatever it is."""
    try:
        await request("GET", url + "/")
    except aiohttp.ClientError:
        return False
    return True


async def answering(url: str, process: Process, log: Path) -> None:
    """Wait until the service at `url` answers."""
    said = log.read_text
    async with asyncio.timeout(30):
        while not await listening(url):
            assert process.returncode is None, said()
            await asyncio.sleep(0.05)
