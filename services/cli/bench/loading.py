"""Filling the platform with a park on the way that events take: event store, relay, topic, projector, views."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from services.cli.bench.failure import BenchFailed
from services.cli.bench.park import Park
from shared.clock import utc_now
from shared.kafka import Message, producer, publish
from shared.mongo import DESCENDING, Database, Document
from shared.settings import EngineSettings
from shared.topics import Topics

TOGETHER = 2_000
"""Events stored at once."""
WAITING = 30_000
"""Most events on their way: the relay must not fall behind what MongoDB's oplog holds."""
STILL = 60.0
"""Seconds without any event applied after which it is given up."""
LOOK_SECONDS = 0.1


async def load(engines: EngineSettings, db: Database, park: Park, told: Callable[[int, int], None]) -> int:
    """Publish the park's directory, store all its events and return how many once the views have them.

    `told` gets done and total tickets. Topic and views are empty before. Raises `BenchFailed` when nothing moves any
    more, `KafkaError` or `PyMongoError`.
    """
    async with producer(engines.kafka) as sender:
        entries = [
            Message(0, entry.uid.encode(), entry.model_dump_json(exclude_none=True).encode(), 0)
            for entry in park.entries
        ]
        await publish(sender, Topics(engines.topic_prefix).directory, entries)
    lives = ((number, _received_now(park, number)) for number in range(park.tickets))
    count = 0
    for tickets, documents in _groups(lives):
        count += await store(db, documents)
        told(tickets, park.tickets)
        await applied(db, count - WAITING)
    await applied(db, count)
    return count


def _received_now(park: Park, number: int) -> list[Document]:
    received = utc_now()
    return stored(park.life(number, received), received)


async def store(db: Database, documents: Sequence[Document]) -> int:
    """Put events into the event store, and tell how many; raises `PyMongoError`."""
    for start in range(0, len(documents), TOGETHER):
        await db.events.insert_many(documents[start : start + TOGETHER], ordered=False)
    return len(documents)


async def applied(db: Database, count: int) -> None:
    """Return once the views have `count` events; raises `BenchFailed`, or `PyMongoError`."""
    clock = asyncio.get_running_loop()
    last, moved = -1, clock.time()
    while (done := await applied_now(db)) < count:
        if done > last:
            last, moved = done, clock.time()
        elif clock.time() - moved > STILL:
            raise BenchFailed(f"the views have had {done:,} events for {STILL:g} s, and {count:,} are expected")
        await asyncio.sleep(LOOK_SECONDS)


async def applied_now(db: Database) -> int:
    """Tell how many events of the topic the views have; raises `PyMongoError`."""
    return sum([checkpoint["offset"] async for checkpoint in db.checkpoints.find({}, {"offset": 1})])


async def last_received(db: Database) -> datetime:
    """Tell when the last event in the views was received; raises `PyMongoError`, or `BenchFailed` if there is none."""
    last = await db.journal.find_one({}, {"_id": 0, "sent": 1}, sort=[("sent", DESCENDING)])
    if last is None:
        raise BenchFailed("the views have no event")
    received: datetime = last["sent"]
    return received


def _groups(lives: Iterable[tuple[int, list[Document]]]) -> Iterator[tuple[int, list[Document]]]:
    """Yield the events of whole tickets in groups, each with the number of tickets until then."""
    group: list[Document] = []
    number = -1
    for number, documents in lives:
        group += documents
        if len(group) >= TOGETHER:
            yield number + 1, group
            group = []
    if group:
        yield number + 1, group


def stored(life: Sequence[Mapping[str, Any]], received: datetime, *, version: int = 0) -> list[Document]:
    """Give events of a ticket, the first of which follows `version`, as the event store keeps them."""
    return [
        {
            "_id": f"{event['aggregateUid']}:{number}",
            "ticket": event["aggregateUid"],
            "version": number,
            "processUid": event["processUid"],
            "type": event["eventType"],
            "sentDate": received,
            "body": orjson.dumps(event),
        }
        for number, event in enumerate(life, version + 1)
    ]
