"""The load generator: connections that each keep one request in flight, with next to no work of their own.

A plain protocol over uvloop: an HTTP client would need as much of a core as the servers that it is to load.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter
from typing import Any

import psutil

from services.cli.bench.failure import BenchFailed

HOST = "127.0.0.1"
WARM_UP = 0.5
"""Seconds of load before anything counts."""
ANSWERED_WITHIN = 20.0
LEAST = 2
"""Answers that are waited for beyond the time, so that there is something to tell of slow ones."""
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One connection to a server, with one request in flight at most."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[bytes]":
        """Send a request; the head of its answer follows, or `BenchFailed` when that is no success."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or not length or len(body) < int(length[1]):
            return
        self._received = b""
        if head.startswith(b"HTTP/1.1 20"):
            self._conclude(lambda answer: answer.set_result(head))
        else:
            self._fail(f"a request was answered with {head[9:12].decode()}: {body[:200].decode()}")

    def connection_lost(self, reason: Exception | None) -> None:
        """Fail what is in flight."""
        self._fail(f"a connection was lost ({reason or 'closed by the server'})")

    def close(self) -> None:
        """Close it; what is in flight fails."""
        self._transport.close()

    def _fail(self, why: str) -> None:
        self._conclude(lambda answer: answer.set_exception(BenchFailed(why)))

    def _conclude(self, how: Callable[["asyncio.Future[bytes]"], None]) -> None:
        if self._answer and not self._answer.done():
            how(self._answer)


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    """Open connections to the loopback `port`, closed on leaving."""
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
    """What came of a load: requests answered in how many seconds, how long each took, and shares of a core."""

    seconds: float
    latencies: list[float]
    answered: int
    """Requests answered in all, those before and after the measured time included."""
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return len(self.latencies) / self.seconds


async def load(
    port: int, count: int, seconds: float, lives: Callable[[], Iterator[bytes]], watched: Mapping[str, psutil.Process]
) -> Load:
    """Keep `count` connections busy with requests each for `seconds`; raises `BenchFailed`.

    The processor time of the processes `watched` is taken over the measured time.
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
            began, before = perf_counter(), _processor_seconds(watched)
            await _unless_failed(busy, seconds)
            while len(latencies) < LEAST and perf_counter() - began < ANSWERED_WITHIN:
                await _unless_failed(busy, WARM_UP)
            measured, lasted, after = latencies.copy(), perf_counter() - began, _processor_seconds(watched)
            is_over = True
            async with asyncio.timeout(ANSWERED_WITHIN):
                answered = sum(await asyncio.gather(*busy))
        except TimeoutError as late:
            raise BenchFailed(f"requests were not answered within {ANSWERED_WITHIN:g} s") from late
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)
    cpu = {name: (after[name] - before[name]) / lasted for name in watched}
    return Load(lasted, measured, answered, cpu)


async def _unless_failed(busy: list["asyncio.Task[int]"], seconds: float) -> None:
    """Let the load go on for `seconds`; raises what ends a connection's work before."""
    done, _ = await asyncio.wait(busy, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _processor_seconds(watched: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Tell the processor time that each process has used until now."""
    times = {name: process.cpu_times() for name, process in watched.items()}
    return {name: used.user + used.system for name, used in times.items()}


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that `percent` of `values`, one at least, do not exceed."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]
