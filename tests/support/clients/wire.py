"""HTTP over plain sockets: any bytes, many requests per connection, several connections at once."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPResponse

SECONDS = 30


@dataclass(frozen=True, slots=True)
class Input:
    """One request; `headers` are sent unchanged, `Content-Length` is added."""

    method: bytes
    path: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = field(repr=False)

    def written(self) -> bytes:
        lines = [self.method + b" " + self.path + b" HTTP/1.1", b"Host: x"]
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(self.body), b"", self.body])


@dataclass(frozen=True, slots=True)
class Output:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection, opened again when the server has closed it."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address = (host, int(port))
        self._socket = socket.create_connection(self._address, SECONDS)

    def send(self, sent: Input) -> None:
        self._socket.sendall(sent.written())

    def receive(self, method: bytes) -> Output:
        response = HTTPResponse(self._socket, method=method.decode())
        response.begin()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        closes = response.will_close
        response.close()
        if closes:
            self.close()
            self._socket = socket.create_connection(self._address, SECONDS)
        return Output(response.status, headers, body)

    def converse(self, chunks: Iterable[bytes]) -> bytes:
        """Send bytes that may be invalid HTTP, close the sending side, and return everything that comes back."""
        answered = bytearray()
        with suppress(ConnectionError):
            for chunk in chunks:
                self._socket.sendall(chunk)
            with suppress(OSError):  # the server may have closed its side already
                self._socket.shutdown(socket.SHUT_WR)
            while data := self._socket.recv(65_536):
                answered += data
        return bytes(answered)

    def close(self) -> None:
        self._socket.close()


@contextmanager
def wires(url: str, count: int) -> Iterator[list[Wire]]:
    """Open `count` connections."""
    with ExitStack() as closing:
        made = [Wire(url) for _ in range(count)]
        for wire in made:
            closing.callback(wire.close)
        yield made


def exchange(connections: Sequence[Wire], inputs: Sequence[Input]) -> Iterator[tuple[Input, Output]]:
    """Send `inputs` over all connections at once, and yield each with its answer."""
    for start in range(0, len(inputs), len(connections)):
        group = inputs[start : start + len(connections)]
        for wire, sent in zip(connections, group, strict=False):
            wire.send(sent)
        for wire, sent in zip(connections, group, strict=False):
            yield sent, wire.receive(sent.method)
