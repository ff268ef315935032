"""A command service as the gateway reaches it: HTTP/1.1 over connections that are kept (decision 0026)."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

import aiohappyeyeballs
import httptools
from yarl import URL

from shared.deadlines import within
from shared.http.asgi import Header

ANSWER_LIMIT = 4 * 1024 * 1024
"""Bytes of the longest answer, its head included. The answer to a command has less than a tenth of it."""
RESOLVED_FOR = 10.0
"""Seconds for which the addresses of a name are used."""
NEXT_ADDRESS_AFTER = 0.25
"""Seconds after which the next address of a name is tried as well (decision 0014)."""
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
FINAL = 200
"""Smaller numbers are the status of interim answers. The final answer follows them."""


class UnreachableError(Exception):
    """No connection could be made, so nothing was sent. The text is the name of the reason."""


class AnswerLostError(Exception):
    """The request may have been received, but no answer came. The text is the name of the reason."""


class Answer(NamedTuple):
    """An answer. The names of its headers are in lower case."""

    status: int
    headers: Sequence[Header]
    body: bytes


class CommandService:
    """Sends requests to the command service at `url`, each on a connection that no other request uses.

    A connection is made within `connected_within` seconds. An answer comes within `answered_within` seconds, which
    include those. A connection stays open for `idle_seconds` without a request.
    """

    def __init__(self, url: str, *, connected_within: float, answered_within: float, idle_seconds: float) -> None:
        parsed = URL(url)
        self.url = url
        self._name, self._port = parsed.raw_host, parsed.port
        self._tls = ssl.create_default_context() if parsed.scheme == "https" else None
        self._prefix = parsed.raw_path.rstrip("/").encode()
        self._host = (b"Host", (parsed.host_port_subcomponent or "").encode())
        self._connected_within = connected_within
        self._answered_within = answered_within
        self._idle_seconds = idle_seconds
        self._idle: deque[_Connection] = deque()
        """The one that has been idle for longest comes first, and is used first: all addresses of a name take turns."""
        self._expiry: asyncio.TimerHandle | None = None
        self._lookup: asyncio.Task[Sequence[Any]] | None = None
        self._resolved_until = 0.0
        self._turns = count()

    async def ask(self, method: str, target: bytes, headers: Iterable[Header], body: bytes) -> Answer:
        """Return the answer to a request that is sent once. Raises `UnreachableError` or `AnswerLostError`."""
        fields = (b"%b: %b\r\n" % field for field in (self._host, *headers))
        head = b"%b %b%b HTTP/1.1\r\n%b" % (method.encode(), self._prefix, target, b"".join(fields))
        request = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        try:
            with within(self._answered_within):
                connection = self._kept() or await self._connect()
                try:
                    return await connection.ask(request)
                finally:
                    self._keep(connection)
        except TimeoutError as late:
            raise AnswerLostError(type(late).__name__) from late

    def close(self) -> None:
        """Close the connections without a request. The others are closed some time after their answers."""
        if self._expiry:
            self._expiry.cancel()
            self._expiry = None
        while self._idle:
            self._idle.popleft().close()

    def _kept(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.popleft()
            if connection.is_usable():
                return connection
        return None

    def _keep(self, connection: "_Connection") -> None:
        if not connection.is_usable():
            connection.close()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._expiry is None:
            self._expiry = loop.call_later(self._idle_seconds, self._expire)

    def _expire(self) -> None:
        """Close the connections whose time is over, and look again when the time of the next one is."""
        loop, self._expiry = asyncio.get_running_loop(), None
        while self._idle:
            until = self._idle[0].idle_since + self._idle_seconds
            if until > loop.time():
                self._expiry = loop.call_at(until, self._expire)
                return
            self._idle.popleft().close()

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connected_within):
                # uvloop would try a second address only after the first has failed.
                sock = await aiohappyeyeballs.start_connection(
                    await self._resolved(), happy_eyeballs_delay=NEXT_ADDRESS_AFTER, interleave=1
                )
                name = self._name if self._tls else None
                _, connection = await loop.create_connection(
                    _Connection, sock=sock, ssl=self._tls, server_hostname=name
                )
        except OSError as failure:
            raise UnreachableError(type(failure).__name__) from failure
        return connection

    async def _resolved(self) -> Sequence[Any]:
        """Return the addresses, beginning with another one each time. Those who ask at the same time share a look-up.

        A look-up continues when nobody waits for it any more, and the next request uses its result.
        """
        loop, lookup = asyncio.get_running_loop(), self._lookup
        if lookup is None or (lookup.done() and (lookup.exception() or loop.time() >= self._resolved_until)):
            lookup = loop.create_task(loop.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM))
            self._lookup, self._resolved_until = lookup, loop.time() + RESOLVED_FOR
        addresses = await asyncio.shield(lookup)
        turn = next(self._turns) % len(addresses)
        return [*addresses[turn:], *addresses[:turn]]


class _Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._transport: Any = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        """The answer to the request in work, or to the last one. A full server answers before it reads a request."""
        self._is_used = self._is_refused = self._is_last = self._has_head = False
        self._received = 0
        self._headers: list[Header] = []
        self._body: list[bytes] = []

    def is_usable(self) -> bool:
        """Return whether another request can be sent: the last one was answered, and neither side closes."""
        if not self._answer.done() or self._answer.cancelled() or self._is_refused or self._is_last:
            return False
        return not self._transport.is_closing() and not self._transport.get_write_buffer_size()

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer. Raises `AnswerLostError`. A cancelled request ends the connection."""
        if self._is_used:
            self._answer = asyncio.get_running_loop().create_future()
            self._received, self._has_head = 0, False
        self._is_used = True
        if self._received or self._answer.done():  # a full server answers and closes at once
            self._is_refused = True
        else:
            self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection, and drop what is not sent yet."""
        self._transport.abort()

    def _lose(self, reason: str) -> None:
        self.close()
        if not self._answer.done():
            self._answer.set_exception(AnswerLostError(reason))

    # What the event loop calls

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer. What nobody asked for ends the connection."""
        if self._answer.done():
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as wrong:
            self._lose(type(wrong).__name__)
        if self._received > ANSWER_LIMIT:
            self._lose("AnswerTooLong")

    def connection_lost(self, reason: Exception | None) -> None:
        """End the answer: one without a length ends with its connection, and any other is lost."""
        if reason is None and self._has_head and not any(name in FRAMING for name, _ in self._headers):
            self.on_message_complete()
        self._lose(type(reason or ConnectionResetError()).__name__)

    # What the parser calls

    def on_message_begin(self) -> None:
        """Start an answer. A second one was not asked for."""
        self._has_head, self._headers, self._body = False, [], []
        if self._answer.done():
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header, or drop a trailer."""
        if not self._has_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Note whether the connection can be used again."""
        self._has_head = True
        self._is_last = not self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Take in a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Report the answer, if it is the final one."""
        status = self._parser.get_status_code()
        if status >= FINAL and not self._answer.done():
            self._answer.set_result(Answer(status, self._headers, b"".join(self._body)))
