"""Measures how fast a projector applies the events that it missed, next to a bulk write of the same documents."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import applied_events, store, stored_events
from services.cli.bench.portfolio import Portfolio
from services.cli.bench.watched_topic import WatchedTopic
from shared.clock import utc_now
from shared.mongo import Database, Document, InsertOne, ReplaceOne
from shared.storage.schema import INDEXES

PROJECTOR = "projector-1"
LOOK_SECONDS = 0.03
APPLIED_WITHIN = 300.0
BATCH = 2_000
"""Events in one batch of the raw writer, the same as a projector's."""


@dataclass(frozen=True, slots=True)
class Round:
    """Events a second in one round: the projector's, and the raw writer's with the resulting documents."""

    ours: float
    raw: float


Missed = Sequence[Sequence[Document]]
"""Events as stored documents, by ticket."""


def on_new_tickets(portfolio: Portfolio, first: int, events: int) -> Missed:
    """Return at least `events` events of tickets that the views do not have, from number `first` on."""
    received = utc_now()
    lives: list[list[Document]] = []
    count = 0
    while count < events:
        lives.append(stored_events(portfolio.life(first + len(lives), received), received))
        count += len(lives[-1])
    return lives


async def on_known_tickets(db: Database, portfolio: Portfolio, events: int) -> Missed:
    """Return `events` events, two for each of some random tickets that the views have; raises `PyMongoError`."""
    received = utc_now()
    numbers = Random().sample(range(portfolio.tickets), min(portfolio.tickets, events // 2))  # noqa: S311 - any will do
    lives = {life[0]["aggregateUid"]: life for life in (portfolio.later(number, received) for number in numbers)}
    versions = {
        ticket["_id"]: ticket["version"]
        async for ticket in db.tickets.find({"_id": {"$in": list(lives)}}, {"version": 1})
    }
    return [stored_events(life, received, version=versions[uid]) for uid, life in lives.items()]


async def measure_round(stack: BenchStack, topic: WatchedTopic, missed: Missed, *, are_known: bool) -> Round:
    """Measure a projector that applies `missed`, then a bulk write of the same documents; raises `ExplainedError`."""
    events = [event for life in missed for event in life]
    await stack.programs.stop(PROJECTOR)
    before = {ticket["_id"]: ticket for ticket in await _tickets(stack.db, missed)}
    topic.expected += await store(stack.db, events)
    await topic.filled()
    caught_up = await _caught_up(stack, topic.expected)
    tickets = {ticket["_id"]: ticket for ticket in await _tickets(stack.db, missed)}
    assert bool(before) == are_known  # noqa: S101 - otherwise the round measures the wrong case
    lines = [line for life in missed for line in await _lines(stack.db, life)]
    raw = await _written_raw(stack.db, tickets, lines, list(before.values()))
    return Round(caught_up, raw)


async def _caught_up(stack: BenchStack, expected: int) -> float:
    """Start the projector and return its events a second, from the end of its first batch to the end of its last."""
    starting = asyncio.create_task(stack.programs.start_again(PROJECTOR))
    seen = [(perf_counter(), await applied_events(stack.db))]
    try:
        async with asyncio.timeout(APPLIED_WITHIN):
            while seen[-1][1] < expected:
                await asyncio.sleep(LOOK_SECONDS)
                seen.append((perf_counter(), await applied_events(stack.db)))
    except TimeoutError as late:
        raise BenchError(f"the projector has not caught up within {APPLIED_WITHIN:g} s") from late
    finally:
        await starting
    began, first = next(one for one in seen if one[1] > seen[0][1])
    ended, last = seen[-1]
    if last == first:
        raise BenchError("all events were applied in one batch; give more --events")
    return (last - first) / (ended - began)


async def _written_raw(
    db: Database, tickets: dict[str, Document], lines: Sequence[Document], before: Sequence[Document]
) -> float:
    """Write journal documents and their tickets in bulk, and return the events a second."""
    names = {"tickets": "raw_tickets", "journal": "raw_journal"}
    for view, name in names.items():
        await db.create_collection(name)
        await db[name].create_indexes(INDEXES[view])
    if before:
        await db.raw_tickets.insert_many(before)
    try:
        began = perf_counter()
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            touched = dict.fromkeys(line["ticket"] for line in batch)
            replaced = [ReplaceOne({"_id": uid}, tickets[uid], upsert=True) for uid in touched]
            await db.raw_tickets.bulk_write(replaced, ordered=False)
            await db.raw_journal.bulk_write([InsertOne(line) for line in batch], ordered=False)
        return len(lines) / (perf_counter() - began)
    finally:
        for name in names.values():
            await db.drop_collection(name)


async def _tickets(db: Database, missed: Missed) -> list[Document]:
    uids = [life[0]["ticket"] for life in missed]
    return await db.tickets.find({"_id": {"$in": uids}}).to_list(None)


async def _lines(db: Database, life: Sequence[Document]) -> list[Document]:
    return await db.journal.find({"_id": {"$in": [event["_id"] for event in life]}}).to_list(None)
