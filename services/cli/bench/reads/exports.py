"""How fast an export is, beside reading the same bytes from MongoDB, and beside validating and writing models."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import orjson

from services.cli.bench.failure import BenchFailed
from services.cli.bench.load import HOST
from services.cli.bench.reads import contenders
from services.cli.bench.reads.answers import ROUNDS, get
from services.cli.bench.stack import GATEWAY, Stack
from shared.mongo import Database
from shared.schema import NEWEST_FIRST
from shared.settings import EngineSettings

TARGET = "/api/v1/tickets/export"
MODELS = "models"
TICKETS = 20_000
"""Most that one export holds (contract README, 11)."""
TOGETHER = 1_000
CHUNK = 256 * 1024
LAST_CHUNK, END = b"\r\n0\r\n\r\n", b"]}"
"""What an answer in chunks ends with, and every export before that."""
TAKEN_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Speeds:
    """Medians of the rounds in bytes a second, and the bytes of one export."""

    size: int
    ours: float
    raw: float
    models: float


async def prepare(stack: Stack, others: EngineSettings, db: Database) -> None:
    """Put the tickets of an export as documents into `db`, where `others` say, and start `models` on them."""
    for start in range(0, TICKETS, TOGETHER):
        cursor = stack.db.tickets.find({}, {"_id": 0, "export": 1}).sort(list(NEWEST_FIRST)).skip(start)
        tickets = [orjson.loads(found["export"]) async for found in cursor.limit(TOGETHER)]
        if tickets:
            await db.exported.insert_many([ticket | {"freeCommentaries": []} for ticket in tickets])
    await stack.contend(MODELS, contenders.__name__, MODELS, engines=others)


async def measure(stack: Stack, done: Callable[[], None]) -> Speeds:
    """Let the three take turns; raises `BenchFailed` or `PyMongoError`."""
    size, rounds = 0, []
    for _ in range(ROUNDS):
        size, ours = await _timed(_downloaded(stack.ports[GATEWAY], stack.cookie))
        read, raw = await _timed(_read_raw(stack.db))
        written, models = await _timed(_downloaded(stack.ports[MODELS], stack.cookie))
        rounds.append((size / ours, read / raw, written / models))
        done()
    return Speeds(size, *(median(speeds) for speeds in zip(*rounds, strict=True)))


async def _timed(work: Awaitable[int]) -> tuple[int, float]:
    began = perf_counter()
    async with asyncio.timeout(TAKEN_WITHIN):
        size = await work
    return size, perf_counter() - began


async def _downloaded(port: int, cookie: str) -> int:
    """Take an export and throw it away; tells its bytes."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=CHUNK)
    try:
        writer.write(get(TARGET, cookie, more="Connection: close\r\n"))
        first = await reader.read(CHUNK)
        if not first.startswith(b"HTTP/1.1 20"):
            raise BenchFailed(f"an export was answered with {first[9:12].decode()}")
        size, last = len(first), first
        while chunk := await reader.read(CHUNK):
            size, last = size + len(chunk), last[-len(LAST_CHUNK + END) :] + chunk
        if not last.removesuffix(LAST_CHUNK).endswith(END):
            raise BenchFailed("an export broke off")
        return size
    finally:
        writer.close()
        await writer.wait_closed()


async def _read_raw(db: Database) -> int:
    """Read what an export is made of, commentaries aside, and throw it away; tells its bytes."""
    cursor = db.tickets.find({}, {"_id": 0, "export": 1}).sort(list(NEWEST_FIRST)).limit(TICKETS)
    size = 0
    while tickets := await cursor.to_list(TOGETHER):
        size += sum(len(ticket["export"]) for ticket in tickets)
    return size


async def page_file(stack: Stack, target: str, folder: Path) -> Path:
    """Write the gateway's answer to a file, for a server that answers with it."""
    reader, writer = await asyncio.open_connection(HOST, stack.ports[GATEWAY])
    try:
        async with asyncio.timeout(TAKEN_WITHIN):
            writer.write(get(target, stack.cookie, more="Connection: close\r\n"))
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()
    if not head.startswith(b"HTTP/1.1 20"):
        raise BenchFailed(f"a list was answered with {head[9:12].decode()}")
    file = folder / "page.json"
    file.write_bytes(body)
    return file
