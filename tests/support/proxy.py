"""A TCP proxy that loses what it is told to lose: connections, answers, or everything for a while; or keeps it back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes bytes on between clients and one server at 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.port = 0
        self.losing_answers = False
        """What the server says is thrown away, and the connection with it."""
        self.closed = False
        """New connections are refused at once."""
        self.passing = asyncio.Event()
        """While it is not set, what the server says is kept back."""
        self.passing.set()
        self.keep_back_after: bytes | None = None
        """Once a client says this, nothing that the server says passes any more."""
        self.delay = 0.0
        """Seconds by which everything that the server says comes later."""

    def cut(self) -> None:
        """Break every connection that there is."""
        for pair in self._pairs:
            for writer in pair:
                writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            writer.transport.abort()
            return
        there, out = await asyncio.open_connection("127.0.0.1", self._target)
        pair = (writer, out)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass_on(reader, out), self._pass_back(there, writer))
        except OSError:
            pass
        finally:
            self._pairs.discard(pair)
            for end in pair:
                end.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if self.keep_back_after and self.keep_back_after in data:
                self.passing.clear()
            writer.write(data)
            await writer.drain()
        writer.transport.abort()

    async def _pass_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self.passing.wait()
            await asyncio.sleep(self.delay)
            if self.losing_answers:
                break
            writer.write(data)
            await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[Proxy]:
    """Run a proxy before the server that listens on `port`."""
    made = Proxy(port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    made.cut()
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await server.wait_closed()
