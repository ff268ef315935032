"""A test application that answers with the request it received, and a client that sends raw bytes."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from shared.http.connections import ConnectionLimits
from shared.http.server import serve
from tests.support.clients.http import free_port
from tests.support.processes.tasks import running

PART = b"x" * 65_536
PARTS = 320
"""Size of the answer of /large: 20 MB."""


@dataclass
class Echo:
    """The application, and a record of the requests it received."""

    port: int
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    started: int = 0
    """Number of requests that reached the application."""
    large_ended: bool = False
    parts_sent: int = 0
    broken_off: int = 0
    """Number of requests whose body was not complete."""

    def let_go(self) -> None:
        """Send the answer of /held."""
        assert self._loop
        self._loop.call_soon_threadsafe(self._released.set)

    def hold(self) -> None:
        """Make /held wait again."""
        assert self._loop
        self._loop.call_soon_threadsafe(self._released.clear)

    async def serve(self, limits: ConnectionLimits, tls: tuple[Path, Path] | None, ending: asyncio.Event) -> None:
        """Serve the application until `ending`, which another thread sets in this one's loop."""
        self._loop = asyncio.get_running_loop()
        async with running(serve(self, "127.0.0.1", self.port, tls, limits=limits)):
            await ending.wait()

    def end(self, ending: asyncio.Event) -> None:
        """Stop serving: set `ending`."""
        assert self._loop
        self._loop.call_soon_threadsafe(ending.set)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        self.started += 1
        if path == "/large":
            await self._send_large(send)
            return
        if path == "/abandoned":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"50000000")]})
            await send({"type": "http.response.body", "body": PART * PARTS, "more_body": True})
            return
        body = b""
        while path != "/early" and (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        else:
            self.broken_off += path != "/early"
        if path == "/held":
            await self._released.wait()
        while path == "/polling" and not self._released.is_set():
            with suppress(TimeoutError):  # as an application does that checks whether the client has left
                async with asyncio.timeout(0.001):
                    await receive()
        received = {
            "method": scope["method"],
            "path": path,
            "query": len(scope["query_string"]),
            "fields": [name.decode() for name, _ in scope["headers"]],
            "body": body.decode(),
        }
        answer = json.dumps(received).encode()
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": answer})

    async def _send_large(self, send: Any) -> None:
        length = (b"content-length", str(len(PART) * PARTS).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        try:
            for number in range(PARTS):
                await send({"type": "http.response.body", "body": PART, "more_body": number < PARTS - 1})
                self.parts_sent += 1
        finally:
            self.large_ended = True


class Wire:
    """A client with one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        """Send the parts one after another, so that they arrive separately."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0.0005)

    async def answer(self) -> tuple[int, Any]:
        """Read one answer and return its status and its JSON body."""
        async with asyncio.timeout(20):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            body = await self.reader.readexactly(int(lines[b"content-length"]))
        return int(head.split()[1]), json.loads(body)

    async def ended(self) -> bool:
        """Wait until the server closes the connection; return whether it sent nothing more."""
        async with asyncio.timeout(20):
            try:
                return not await self.reader.read()
            except ConnectionResetError:
                return True


@asynccontextmanager
async def echoing(limits: ConnectionLimits | None = None, tls: tuple[Path, Path] | None = None) -> AsyncIterator[Echo]:
    """Serve an `Echo` in a thread, on the event loop of the services."""
    echo, ending = Echo(free_port()), asyncio.Event()
    serving = asyncio.create_task(asyncio.to_thread(uvloop.run, echo.serve(limits or ConnectionLimits(), tls, ending)))
    try:
        while not serving.done():
            try:
                async with wired(echo):
                    break
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
        yield echo
    finally:
        echo.end(ending)
        await serving


@asynccontextmanager
async def wired(echo: Echo, **options: Any) -> AsyncIterator[Wire]:
    """Connect to an `Echo`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", echo.port, **options)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


def byte_by_byte(sent: bytes) -> Iterator[bytes]:
    """Yield the bytes one by one."""
    return (sent[at : at + 1] for at in range(len(sent)))
