"""A TCP proxy with faults: it can drop connections, lose answers, delay them, or hold them back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Forwards bytes between clients and one server at 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.port = 0
        self.losing_answers = False
        """When set, the server's answers are thrown away and their connections closed."""
        self.closed = False
        """When set, new connections are refused."""
        self.passing = asyncio.Event()
        """While cleared, the server's answers are held back."""
        self.passing.set()
        self.keep_back_after: bytes | None = None
        """Once a client sends these bytes, the server's answers are held back."""
        self.delay = 0.0
        """Seconds by which the server's answers are delayed."""

    def cut(self) -> None:
        """Break all connections."""
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
    """Run a proxy in front of the server on `port`."""
    made = Proxy(port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.cut()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()
