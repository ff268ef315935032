"""Measures the export, next to reading the same bytes from MongoDB and next to an export by pydantic models."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import orjson

from services.cli.bench import rounds
from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import GATEWAY, BenchStack
from services.cli.bench.load_generator import HOST
from services.cli.bench.reads import read_contenders
from services.cli.bench.reads.read_rate import get
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.schema import NEWEST_FIRST

TARGET = "/api/v1/tickets/export"
MODELS = "models"
TICKETS = 20_000
"""Most tickets of one export (contract 11)."""
TOGETHER = 1_000
CHUNK = 256 * 1024
LAST_CHUNK, END = b"\r\n0\r\n\r\n", b"]}"
"""The end of a chunked answer, and the end of every export before it."""
TAKEN_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Speeds:
    """Medians of the rounds in bytes a second, and the size of one export in bytes."""

    size: int
    ours: float
    raw: float
    models: float


async def prepare(stack: BenchStack, others: EngineSettings, db: Database) -> None:
    """Write the tickets of an export as documents to `db`, the database of `others`, and start `models` on it."""
    for start in range(0, TICKETS, TOGETHER):
        cursor = stack.db.tickets.find({}, {"_id": 0, "export": 1}).sort(list(NEWEST_FIRST)).skip(start)
        tickets = [orjson.loads(found["export"]) async for found in cursor.limit(TOGETHER)]
        if tickets:
            await db.exported.insert_many([ticket | {"freeCommentaries": []} for ticket in tickets])
    await stack.start_contender(MODELS, read_contenders.__name__, MODELS, engines=others)


async def measure(stack: BenchStack, done: Callable[[], None]) -> Speeds:
    """Measure the three in turn; raises `BenchError` or `PyMongoError`."""
    size, measured = 0, []
    for _ in range(rounds.ROUNDS):
        size, download = await _timed(_downloaded(stack.ports[GATEWAY], stack.cookie))
        read, raw = await _timed(_read_raw(stack.db))
        written, models = await _timed(_downloaded(stack.ports[MODELS], stack.cookie))
        measured.append((size / download, read / raw, written / models))
        done()
    return Speeds(size, *(median(speeds) for speeds in zip(*measured, strict=True)))


async def _timed(work: Awaitable[int]) -> tuple[int, float]:
    began = perf_counter()
    async with asyncio.timeout(TAKEN_WITHIN):
        size = await work
    return size, perf_counter() - began


async def _downloaded(port: int, cookie: str) -> int:
    """Download an export, discard it, and return its size in bytes."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=CHUNK)
    try:
        writer.write(get(TARGET, cookie, more="Connection: close\r\n"))
        first = await reader.read(CHUNK)
        if not first.startswith(b"HTTP/1.1 20"):
            raise BenchError(f"an export was answered with {first[9:12].decode()}")
        size, last = len(first), first
        while chunk := await reader.read(CHUNK):
            size, last = size + len(chunk), last[-len(LAST_CHUNK + END) :] + chunk
        if not last.removesuffix(LAST_CHUNK).endswith(END):
            raise BenchError("an export broke off")
        return size
    finally:
        writer.close()
        await writer.wait_closed()


async def _read_raw(db: Database) -> int:
    """Read the documents of an export without commentaries, discard them, and return their size in bytes."""
    cursor = db.tickets.find({}, {"_id": 0, "export": 1}).sort(list(NEWEST_FIRST)).limit(TICKETS)
    size = 0
    while tickets := await cursor.to_list(TOGETHER):
        size += sum(len(ticket["export"]) for ticket in tickets)
    return size
