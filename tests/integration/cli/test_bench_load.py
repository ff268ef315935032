"""The load generator against difficult servers: answers in parts, no answers, refusals."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import repeat

import psutil
import pytest

from services.cli.bench.bench_error import BenchError
from services.cli.bench.load_generator import load

ACCEPTED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


def lives() -> Iterator[bytes]:
    return repeat(b"POST / HTTP/1.1\r\n\r\n")


@asynccontextmanager
async def server(*parts: bytes, leaves: bool = False) -> AsyncIterator[int]:
    """Answer each request with `parts`, one after the other, then close or stay; yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readline()
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            if leaves:
                break
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


@pytest.mark.parametrize("parts", [[ACCEPTED], [ACCEPTED[:-2], b"{}"], [ACCEPTED[:30], ACCEPTED[30:]]])
async def test_answers_are_counted_and_timed_even_in_parts(parts: Sequence[bytes]) -> None:
    async with server(*parts) as port:
        found = await load(port, 3, 0.2, lives, {"load": psutil.Process()})
    assert found.answered > len(found.latencies) > 0
    assert found.seconds >= 0.2
    assert found.rate == len(found.latencies) / found.seconds
    assert all(0 < latency < found.seconds + 1 for latency in found.latencies)
    assert found.size == 2
    assert found.cpu["load"] > 0


async def test_a_refusal_ends_the_load_with_its_reason() -> None:
    async with server(b"HTTP/1.1 503 Unavailable\r\ncontent-length: 4\r\n\r\nbusy") as port:
        with pytest.raises(BenchError, match="a request was answered with 503: busy"):
            await load(port, 2, 0.2, lives, {})


async def test_a_server_that_leaves_ends_the_load() -> None:
    async with server(ACCEPTED, leaves=True) as port:
        with pytest.raises(BenchError, match="a connection was lost"):
            await load(port, 2, 0.2, lives, {})
