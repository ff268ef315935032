"""Clients of the live feed: they read an event stream as the HTML standard says that a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any

import aiohttp

from shared.clock import wire

STREAM = "/api/vEvent/tickets/stream"
AGAIN = 0.1
"""Seconds until a client that reached no server tries the next one."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a page gets it, and whether it had an id of its own."""

    data: str
    last_id: str
    has_id: bool

    @property
    def events(self) -> list[Any]:
        """Return the events in the message."""
        events: list[Any] = json.loads(self.data)
        return events


@dataclass(slots=True)
class EventReader:
    """Reads a stream, in whatever pieces it arrives."""

    last_id: str = ""
    retry: int | None = None
    messages: list[Message] = field(default_factory=list)
    complete: int = 0
    """Number of messages up to the last id. Those behind it come again when the client connects again."""
    comments: int = 0
    _rest: bytes = b""

    def feed(self, data: bytes) -> None:
        """Read more bytes. Only complete blocks count. This server ends lines with a line feed."""
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            self._read(block.decode())

    def _read(self, block: str) -> None:
        data, has_id = list[str](), False
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "":
                    self.comments += bool(line)
                case "id":
                    self.last_id, has_id = value, True
                case "retry":
                    self.retry = int(value)
                case "data":
                    data.append(value)
                case _:
                    raise AssertionError(block)
        if data:
            self.messages.append(Message("\n".join(data), self.last_id, has_id))
        if has_id:
            self.complete = len(self.messages)


@dataclass(slots=True)
class OpenStream:
    """A stream whose bytes are read as they come."""

    answer: aiohttp.ClientResponse
    reader: EventReader
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server has ended the stream."""

    @property
    def events(self) -> list[Any]:
        """Return all events so far."""
        return [event for message in self.reader.messages for event in message.events]

    async def read(self) -> None:
        """Read until the server ends the stream; raises `ClientError` when it breaks off."""
        try:
            async for part in self.answer.content.iter_any():
                self.reader.feed(part)
        finally:
            self.ended.set()


@asynccontextmanager
async def streamed(url: str, cookie: str, last_id: str | None = None, **query: str) -> AsyncIterator[OpenStream]:
    """Open a stream and read it during the block."""
    headers: Mapping[str, str] = {"Cookie": cookie} | ({"Last-Event-ID": last_id} if last_id else {})
    timeout, jar = aiohttp.ClientTimeout(None, sock_connect=20), aiohttp.DummyCookieJar()
    async with (
        aiohttp.ClientSession(url, timeout=timeout, cookie_jar=jar) as client,
        client.get(STREAM, params=query, headers=headers) as answer,
    ):
        assert answer.status == 200, (answer.status, await answer.read())
        stream = OpenStream(answer, EventReader(last_id or ""))
        reading = asyncio.create_task(stream.read())
        try:
            yield stream
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


@dataclass(slots=True)
class Follower:
    """A client that goes on at the next of `urls` whenever its stream ends or breaks off.

    It keeps the events up to the last id, and throws away those behind it, which come again.
    """

    urls: Sequence[str]
    cookie: str
    begin: datetime
    streams: list[OpenStream] = field(default_factory=list)

    @property
    def last_id(self) -> str:
        """Return the last id, or an empty text at first."""
        return self.streams[-1].reader.last_id if self.streams else ""

    @property
    def events(self) -> list[Any]:
        """Return the events up to the last id."""
        readers = [stream.reader for stream in self.streams]
        return [event for one in readers for message in one.messages[: one.complete] for event in message.events]

    async def follow(self) -> None:
        """Follow the feed until cancelled."""
        for url in cycle(self.urls):
            start = {} if self.last_id else {"from": wire(self.begin)}
            try:
                async with streamed(url, self.cookie, self.last_id, **start) as stream:
                    self.streams.append(stream)
                    await stream.ended.wait()
            except aiohttp.ClientError:
                await asyncio.sleep(AGAIN)
