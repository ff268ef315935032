"""HTTP/1.1 for unknown clients: limits of heads, trailers, pipelines and waits. Upgrades are ignored.

uvicorn limits none of these. Its class reads requests and writes answers, and this module adds the limits. A request
that arrives in one segment costs a few look-ups more than with uvicorn alone, and no timer.
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from functools import partial
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shared.http.addresses import source_of
from shared.http.asgi import App
from shared.http.connections import ConnectionQueue, Connections
from shared.http.protocol_endings import Flow, Joining, Lingering, RefusedError
from shared.http.request_limits import FIELDS_LIMIT, HEAD_LIMIT, QUERY_LIMIT, TARGET_LIMIT
from shared.telemetry import logger
from shared.telemetry.failures import place_of

PARSED_LIMIT = 65_535
"""Bytes of the longest path and query that httptools can split."""
SLICE = 16 * 1024
"""Bytes that are parsed between two checks of the limits: a client can exceed the limits by as much."""
PIPELINED = 8
"""Requests that may wait behind the one in work. The connection ends after them; the client sends the rest again."""
PIECES = 16_384
"""Most pieces of a body, chunks or segments. Each piece costs as much as many bytes."""
BODILESS = frozenset({"GET", "HEAD"})
"""Methods whose bodies are ignored."""
DISCARDED = 4 * 1024 * 1024
"""Bytes of an answered request that are still read and dropped, so that its client gets to the answer."""

TOO_LARGE = f"The head of a request may have {HEAD_LIMIT} bytes and {FIELDS_LIMIT} fields, trailers included."
UNREADABLE = "Invalid HTTP request received; in path and query, other letters than those of ASCII are percent-encoded."
TOO_LONG = f"Path and query are longer than {TARGET_LIMIT} bytes."

log = logger(__name__)


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    server_state: Connections
    flow: Flow

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.source = ""
        self._accepted: socket.socket | None = None
        """With TLS, the socket of the handshake."""
        self._queue: ConnectionQueue | None = None
        self._running: RequestResponseCycle | None = None
        """The request in work, or the last one that was."""
        self._between = True
        """No request has arrived in part."""
        self._unbroken = 0
        """Bytes since the request or its last piece of the body began. The slice in which it began does not count."""
        self._fields = 0
        """Number of fields of the head whose body is being read."""
        self._pieces = 0
        self._discarded = 0
        self._refused = False
        """Nothing more is parsed."""
        self._unasked = False
        """The client waits for the answer 100 before it sends the body (RFC 9110, 10.1.1)."""

    # The connection and its time limits

    def connection_made(self, transport: Any) -> None:
        """Start the connection, or refuse it when there are too many."""
        if self._accepted or self._is_admitted(transport.get_extra_info("peername")):
            super().connection_made(transport)
            self.flow = Flow(transport)
        else:
            self.transport = transport
            transport.write(RefusedError(503, "Unavailable", "There are too many connections; try again.").answer)
            transport.close()

    def begin_tls(self, accepted: socket.socket, peer: Any, context: ssl.SSLContext) -> None:
        """Start the connection on a socket with a TLS handshake, or close it when there are too many.

        The handshake counts toward the time of the first head.
        """
        if self._is_admitted(peer):
            self._accepted = accepted
            handshake = self.loop.create_task(self._complete_handshake(accepted, context))
            self.tasks.add(handshake)
            handshake.add_done_callback(self.tasks.discard)
        else:
            accepted.close()

    async def _complete_handshake(self, accepted: socket.socket, context: ssl.SSLContext) -> None:
        seconds = self.server_state.limits.begun_seconds
        try:
            await self.loop.connect_accepted_socket(
                lambda: self, accepted, ssl=context, ssl_handshake_timeout=seconds, ssl_shutdown_timeout=seconds
            )
        except OSError as failure:
            log.warning("handshake_failed", kind=type(failure).__name__)
            self._forget()

    def _is_admitted(self, peer: Any) -> bool:
        self.source = source_of(peer[0]) if peer else ""
        if not self.server_state.admit(self):
            return False
        self._wait_in(self.server_state.begun)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end of the connection to the request in work, and remove the connection."""
        self._forget()
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        if isinstance(exc, TimeoutError):
            log.warning("client_cut", reason="The client read nothing of what was sent.")
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Finish after the request in work. The server calls this when it ends."""
        if self.transport:
            super().shutdown()
        else:
            self.abort()

    def expire(self) -> None:
        """End the connection: the client's time is over."""
        late = self._queue is not self.server_state.idle
        if self._queue is self.server_state.begun:
            log.warning("client_cut", reason="The client did not complete its request.")
        if late and self._accepted:  # a TLS shutdown would wait for the client again
            self.abort()
        else:
            self._queue = None
            self.transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._forget()
        if self.transport:
            self.transport.abort()
        elif self._accepted:
            with suppress(OSError):  # the client left
                self._accepted.shutdown(socket.SHUT_RDWR)  # ends the handshake; uvloop may lose a cancelled one

    def _forget(self) -> None:
        self._leave()
        self.server_state.forget(self)

    def _wait_in(self, queue: ConnectionQueue) -> None:
        self._leave()
        self._queue = queue
        queue[self] = self.loop.time()

    def _leave(self) -> None:
        if self._queue is not None:
            self._queue.pop(self, None)
            self._queue = None

    # Input from the client

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and refuse what exceeds a limit."""
        if self._refused:
            self._discard(len(data))
            return
        try:
            if len(data) <= SLICE:
                self._parse(data)
            else:
                for begin in range(0, len(data), SLICE):
                    self._parse(data[begin : begin + SLICE])
        except RefusedError as refusal:
            self._refuse(refusal)
        except httptools.HttpParserError as wrong:
            cause = wrong.__context__
            if not isinstance(cause, RefusedError):
                if cause is None or isinstance(cause, httptools.HttpParserError):
                    log.warning("request_unreadable", kind=type(wrong).__name__)
                else:
                    log.error("request_failed", **place_of(cause))
                cause = RefusedError(400, "BadRequest", UNREADABLE)
            self._refuse(cause)

    def _parse(self, data: bytes) -> None:
        self._unbroken += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._parse(self._without_upgrade() + data[upgrade.args[0] :])
        if not self._between:
            self._look_at_part()

    def _without_upgrade(self) -> bytes:
        """Return the head without its request for another protocol, for a new parser.

        After an upgrade request, the old parser takes the body for the other protocol. A server may ignore the upgrade
        and answer with HTTP/1.1 (RFC 9110, 7.8). Java's HttpClient and `curl --http2` ask for it each time.
        """
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        fields = (b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        return b"%b%b\r\n" % (line, b"".join(fields))

    def _look_at_part(self) -> None:
        """Check the limits of an incomplete request, and limit the time for the rest."""
        if len(self.url) > TARGET_LIMIT:
            raise RefusedError(400, "BadRequest", TOO_LONG)
        if self._unbroken - len(self.url) > HEAD_LIMIT or self._fields + len(self.headers) > FIELDS_LIMIT:
            raise RefusedError(431, "TooLarge", TOO_LARGE)
        if self._queue is self.server_state.idle:
            self._wait_in(self.server_state.begun)
        elif self._queue is None and self.cycle is self._running:
            self._wait_in(self.server_state.arriving)

    def on_message_begin(self) -> None:
        """Start a request."""
        super().on_message_begin()
        self._between = False
        self._unbroken = self._fields = self._pieces = self._discarded = 0

    def on_headers_complete(self) -> None:
        """Start work on the request, or let it wait for the one before."""
        if self._unbroken:  # it arrived in parts, or is large
            self._measure_head()
        fields = len(self.headers)
        if fields > FIELDS_LIMIT:
            raise RefusedError(431, "TooLarge", TOO_LARGE)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise RefusedError(400, "BadRequest", "CONNECT is for proxies.")
            return
        if len(self.pipeline) >= PIPELINED:
            raise RefusedError(503, "Unavailable", "Too many requests wait on this connection.")
        if len(self.url) <= PARSED_LIMIT:
            super().on_headers_complete()
        else:
            self.url, _, query = self.url.partition(b"?")
            if len(query) > QUERY_LIMIT:
                raise RefusedError(400, "BadRequest", f"The query is longer than {QUERY_LIMIT} bytes.")
            super().on_headers_complete()
            self.scope["query_string"] = query
        self._leave()
        if self.expect_100_continue or not self.cycle.keep_alive:
            self._let_it_be_last()
        elif self.cycle.scope["method"] != "HEAD":
            self.cycle.transport = Joining(self.transport)
        self._fields = fields
        self._unbroken = 0
        self.headers = []  # for trailers, which the request does not see

    def _let_it_be_last(self) -> None:
        """End the connection after this request, but not before its client has read the answer.

        A client that waits for the answer 100 may send its body after the final answer, or not. So the server cannot
        know what the next bytes are. If the body arrives before the answer, the connection continues.
        """
        self._unasked = self.cycle.keep_alive
        self.cycle.keep_alive = False
        self.cycle.transport = Lingering(self.transport, self.linger)

    def _measure_head(self) -> None:
        if len(self.url) > TARGET_LIMIT:
            raise RefusedError(400, "BadRequest", TOO_LONG)
        if sum(len(name) + len(value) + len(b":\r\n") for name, value in self.headers) > HEAD_LIMIT:
            raise RefusedError(431, "TooLarge", TOO_LARGE)

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body to its request, if that still reads it."""
        self._unbroken = 0
        self._pieces += 1
        if self._pieces > PIECES:
            raise RefusedError(400, "BadRequest", f"A body may come in {PIECES} pieces.")
        cycle = self.cycle
        self._go_on()
        if cycle.response_complete or cycle.scope["method"] in BODILESS:
            self._discard(len(body))
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
            self.flow.is_held = cycle is not self._running
        cycle.message_event.set()

    def _go_on(self) -> None:
        """Keep the connection open after this request, because its client sends the body."""
        if self._unasked:
            self._unasked = False
            self.cycle.keep_alive = not self.cycle.response_started

    def on_message_complete(self) -> None:
        """Report to the request that its body is complete."""
        if self.parser.should_upgrade():
            return
        if self._fields + len(self.headers) > FIELDS_LIMIT:
            raise RefusedError(431, "TooLarge", TOO_LARGE)
        self._between = True
        self._go_on()
        cycle = self.cycle
        cycle.more_body = False
        if cycle.response_complete:
            self._wait_in(self.server_state.idle)
        else:
            if self._queue is not None:
                self._leave()
            cycle.message_event.set()

    def _discard(self, length: int) -> None:
        self._discarded += length
        if self._discarded > DISCARDED:
            self.flow.pause_reading()  # until the client's time is over

    # Output to the client

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: App) -> None:
        self._running = cycle
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(partial(self._end, cycle))
        self.tasks.add(task)

    def _end(self, cycle: RequestResponseCycle, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        if not cycle.response_complete and not cycle.disconnected:  # a close would keep unsent bytes
            self.transport.abort()

    def linger(self) -> None:
        """Send nothing more, and end the connection when the client does, or after a while.

        An immediate close would reset the connection before a client that still sends has read the answer.
        """
        if self._between and not self._refused:
            self.transport.close()
            return
        self._refused = True
        self.pipeline.clear()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._wait_in(self.server_state.answered)

    def on_response_complete(self) -> None:
        """Continue with the next request, or wait for it."""
        if self.transport.is_closing():
            return
        self.flow.is_held = False
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            waiting = self.server_state
            unfinished = waiting.answered if self.cycle.more_body else waiting.begun
            self._wait_in(waiting.idle if self._between else unfinished)

    def _refuse(self, refusal: RefusedError) -> None:
        """Answer a request that cannot be read, and end the connection. Earlier requests still get their answers."""
        log.warning("request_refused", status=refusal.status)
        self._refused = True
        if self._running is not None and self.cycle.more_body and not self._give_up_request():
            self.transport.abort()
            return
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None and not last.response_complete:
            last.keep_alive = False
            last.transport = Lingering(last.transport, self.linger)
            return
        self.transport.write(refusal.answer)
        self.linger()

    def _give_up_request(self) -> bool:
        """End the request whose body is being read without its own answer. Return False if that is too late."""
        if self.pipeline:
            self.pipeline.popleft()
            return True
        if self.cycle.response_started:
            return False
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self._running = None
        return True
