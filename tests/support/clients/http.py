"""An HTTP client for single requests, free ports, and waiting for a server."""

import asyncio
import random
import socket
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

FREE = range(12_000, 32_000)
"""Ports below those that Linux gives to connections and to servers on port 0, which may begin at any moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body has been read."""

    status: int
    headers: Any
    body: bytes


async def request(method: str, url: str, **sent: Any) -> Answer:
    """Send one request; the URL is not changed."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60), cookie_jar=aiohttp.DummyCookieJar()) as client,
        client.request(method, URL(url, encoded=True), allow_redirects=False, **sent) as answer,
    ):
        return Answer(answer.status, answer.headers, await answer.read())


@contextmanager
def refusing_url() -> Iterator[str]:
    """Yield the URL of a service that is down: its port is reserved, and nobody listens on it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


@contextmanager
def silent_url() -> Iterator[str]:
    """Yield the URL of a machine that is down: connections to it are neither accepted nor refused."""
    with ExitStack() as closing:
        listener = closing.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # these connections fill the queue of the listener
            waiting = closing.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def free_port() -> int:
    """Return a port on which nobody listens now, and which the system gives to nobody who asks for any port."""
    while True:
        port = random.choice(FREE)  # noqa: S311 - not a secret
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


async def listening(url: str) -> bool:
    """Return whether a server answers at `url`, with any status."""
    try:
        await request("GET", url + "/")
    except aiohttp.ClientError:
        return False
    return True


async def answering(url: str, process: Process, log: Path) -> None:
    """Wait until the service at `url` answers."""
    said = log.read_text
    async with asyncio.timeout(90):
        while not await listening(url):
            assert process.returncode is None, said()
            await asyncio.sleep(0.05)
