"""The load generator: connections that each keep one request in flight.

It is a minimal protocol over uvloop, because an HTTP client would use as much of a core as the servers under load.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import psutil

from services.cli.bench.bench_error import BenchError
from services.cli.bench.processor_time import processor_seconds

HOST = "127.0.0.1"
WARM_UP = 0.5
"""Seconds of load before the measurement begins."""
ANSWERED_WITHIN = 20.0
LEAST = 2
"""Fewest answers to measure; the measurement continues until there are so many."""
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
UNCHANGED = b"HTTP/1.1 304"
"""The beginning of an answer that never has a body, nor names its length."""


class Connection(asyncio.Protocol):
    """One connection to a server, with one request in flight at most."""

    def __init__(self) -> None:
        self.taken = 0
        """Bytes of all bodies."""
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[bytes]":
        """Send a request; return the future head of its answer, or `BenchError` when it is not a success."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        is_unchanged = head.startswith(UNCHANGED)
        length = LENGTH.search(head)
        if not is_unchanged and (not length or len(body) < int(length[1])):
            return
        self._received = b""
        self.taken += len(body)
        if is_unchanged or head.startswith(b"HTTP/1.1 20"):
            self._conclude(lambda answer: answer.set_result(head))
        else:
            self._fail(f"a request was answered with {head[9:12].decode()}: {body[:200].decode()}")

    def connection_lost(self, reason: Exception | None) -> None:
        """Fail the request in flight."""
        self._fail(f"a connection was lost ({reason or 'closed by the server'})")

    def close(self) -> None:
        """Close the connection; the request in flight fails."""
        self._transport.close()

    def _fail(self, why: str) -> None:
        self._conclude(lambda answer: answer.set_exception(BenchError(why)))

    def _conclude(self, how: Callable[["asyncio.Future[bytes]"], None]) -> None:
        if self._answer and not self._answer.done():
            how(self._answer)


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    """Open connections to the loopback `port`, and close them on leaving."""
    loop = asyncio.get_running_loop()
    opened: list[Connection] = []
    try:
        async with asyncio.timeout(ANSWERED_WITHIN):
            while len(opened) < count:
                opened.append((await loop.create_connection(Connection, HOST, port))[1])
        yield opened
    finally:
        for connection in opened:
            connection.close()


@dataclass(frozen=True, slots=True)
class Load:
    """The result of a load: the measured seconds, the latency of each request in seconds, and shares of a core."""

    seconds: float
    latencies: list[float]
    answered: int
    """Number of all answered requests, including those before and after the measured time."""
    size: float
    """Mean size of a body in bytes, of all answered requests."""
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Return how many requests were answered a second."""
        return len(self.latencies) / self.seconds


async def load(
    port: int, count: int, seconds: float, lives: Callable[[], Iterator[bytes]], watched: Mapping[str, psutil.Process]
) -> Load:
    """Keep `count` connections busy for `seconds`, each with the requests of `lives()`; raises `BenchError`.

    The result has the share of a core that each of the processes `watched` used.
    """
    latencies: list[float] = []
    is_over = False

    async def keep_busy(connection: Connection) -> int:
        answered = 0
        for request in lives():
            began = perf_counter()
            await connection.ask(request)
            latencies.append(perf_counter() - began)
            answered += 1
            if is_over:
                break
        return answered

    async with connections(port, count) as opened:
        busy = [asyncio.create_task(keep_busy(connection)) for connection in opened]
        try:
            await _unless_failed(busy, WARM_UP)
            latencies.clear()
            began, before = perf_counter(), processor_seconds(watched)
            await _unless_failed(busy, seconds)
            while len(latencies) < LEAST and perf_counter() - began < ANSWERED_WITHIN:
                await _unless_failed(busy, WARM_UP)
            measured, lasted, after = latencies.copy(), perf_counter() - began, processor_seconds(watched)
            is_over = True
            async with asyncio.timeout(ANSWERED_WITHIN):
                answered = sum(await asyncio.gather(*busy))
        except TimeoutError as late:
            raise BenchError(f"requests were not answered within {ANSWERED_WITHIN:g} s") from late
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)
    size = sum(connection.taken for connection in opened) / answered
    cpu = {name: (after[name] - before[name]) / lasted for name in watched}
    return Load(lasted, measured, answered, size, cpu)


async def _unless_failed(busy: list["asyncio.Task[int]"], seconds: float) -> None:
    """Wait for `seconds` while the load continues; raises what ends a connection's work earlier."""
    done, _ = await asyncio.wait(busy, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
