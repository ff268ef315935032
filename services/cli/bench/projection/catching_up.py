"""How fast a projector applies what it missed, beside writing the same documents in bulk and nothing else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

from services.cli.bench.failure import BenchFailed
from services.cli.bench.loading import applied_now, store, stored
from services.cli.bench.park import Park
from services.cli.bench.stack import Stack
from services.cli.bench.topic import Topic
from shared.clock import utc_now
from shared.mongo import Database, Document, InsertOne, ReplaceOne
from shared.schema import INDEXES

PROJECTOR = "projector-1"
LOOK_SECONDS = 0.03
APPLIED_WITHIN = 300.0
BATCH = 2_000
"""Events that the raw writer takes at once, as a projector does."""


@dataclass(frozen=True, slots=True)
class Round:
    """Events a second of one round: ours, and the raw writer's on the documents that came of them."""

    ours: float
    raw: float


Missed = Sequence[Sequence[Document]]
"""Events as they are stored, by ticket."""


def on_new_tickets(park: Park, first: int, events: int) -> Missed:
    """Give the lives of tickets that the views do not have, from number `first` on, `events` of them or some more."""
    received = utc_now()
    lives: list[list[Document]] = []
    count = 0
    while count < events:
        lives.append(stored(park.life(first + len(lives), received), received))
        count += len(lives[-1])
    return lives


async def on_known_tickets(db: Database, park: Park, events: int) -> Missed:
    """Give two more events of each of some tickets that the views have, anywhere among them; raises `PyMongoError`."""
    received = utc_now()
    numbers = Random().sample(range(park.tickets), min(park.tickets, events // 2))  # noqa: S311 - any will do
    lives = {life[0]["aggregateUid"]: life for life in (park.later(number, received) for number in numbers)}
    versions = {
        ticket["_id"]: ticket["version"]
        async for ticket in db.tickets.find({"_id": {"$in": list(lives)}}, {"version": 1})
    }
    return [stored(life, received, version=versions[uid]) for uid, life in lives.items()]


async def measure(stack: Stack, topic: Topic, missed: Missed, *, are_known: bool) -> Round:
    """Have a projector catch up with `missed`, then write the documents raw; raises one of `ANSWERS`."""
    events = [event for life in missed for event in life]
    await stack.programs.stop(PROJECTOR)
    before = {ticket["_id"]: ticket for ticket in await _tickets(stack.db, missed)}
    topic.expected += await store(stack.db, events)
    await topic.filled()
    ours = await _caught_up(stack, topic.expected)
    tickets = {ticket["_id"]: ticket for ticket in await _tickets(stack.db, missed)}
    assert bool(before) == are_known  # noqa: S101 - else the wrong thing is measured
    lines = [line for life in missed for line in await _lines(stack.db, life)]
    raw = await _written_raw(stack.db, tickets, lines, list(before.values()))
    return Round(ours, raw)


async def _caught_up(stack: Stack, expected: int) -> float:
    """Start the projector and tell how many events a second it applies, from the first batch's end to the last's."""
    starting = asyncio.create_task(stack.programs.start_again(PROJECTOR))
    seen = [(perf_counter(), await applied_now(stack.db))]
    try:
        async with asyncio.timeout(APPLIED_WITHIN):
            while seen[-1][1] < expected:
                await asyncio.sleep(LOOK_SECONDS)
                seen.append((perf_counter(), await applied_now(stack.db)))
    except TimeoutError as late:
        raise BenchFailed(f"the projector has not caught up within {APPLIED_WITHIN:g} s") from late
    finally:
        await starting
    began, first = next(one for one in seen if one[1] > seen[0][1])
    ended, last = seen[-1]
    if last == first:
        raise BenchFailed("all events were applied in one batch; give more --events")
    return (last - first) / (ended - began)


async def _written_raw(
    db: Database, tickets: dict[str, Document], lines: Sequence[Document], before: Sequence[Document]
) -> float:
    """Write journal documents and their tickets in bulk, and tell how many events a second that is."""
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
