"""Parts of `shared.http.protocol`: its own error answers, its flow control, how answers are written and end."""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl

from shared.http.error_answers import error_body

REASONS = {400: b"Bad Request", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable"}


class RefusedError(Exception):
    """A request that the server refuses. `answer` is the whole HTTP answer in bytes."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        body = error_body(kind, message)
        self.answer = (
            b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\n"
            b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n%b\r\n%b"
            % (status, REASONS[status], len(body), b"retry-after: 1\r\n" if status == 503 else b"", body)  # noqa: PLR2004
        )


class Flow(FlowControl):
    """Flow control that resumes reading only for the request in work."""

    is_held = False
    """True while a request that waits its turn has sent as much as the server keeps."""

    def resume_reading(self) -> None:
        """Resume reading, unless it is held."""
        if not self.is_held:
            super().resume_reading()


class Lingering(asyncio.Transport):
    """The transport of the last request on a connection. It calls `close` instead of closing the connection."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._close = close

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write to the connection."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Return whether the connection is closing."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Call `close`, which ends the connection."""
        self._close()


class Joining(asyncio.Transport):
    """The transport of an answer to anything but HEAD. It writes the head together with the first part of the body.

    uvloop hands each write to the kernel at once, and such a call takes longer than anything else in a small answer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the first write, and write it with the second one."""
        if self._head is None:
            self._head = bytes(data)
            return
        if self._head:
            data, self._head = self._head + data, b""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Return whether the connection is closing."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()
