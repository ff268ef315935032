"""Filling the platform with a park on the way that events take: event store, relay, topic, projector, views."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

import orjson

from services.cli.bench.failure import BenchFailed
from services.cli.bench.park import Park
from shared.clock import utc_now
from shared.mongo import Database, Document

TOGETHER = 2_000
"""Events stored at once."""
WAITING = 30_000
"""Most events on their way: the relay must not fall behind what MongoDB's oplog holds."""
STILL = 60.0
"""Seconds without any event applied after which it is given up."""
LOOK_SECONDS = 0.1


async def load(db: Database, park: Park, told: Callable[[int, int], None]) -> int:
    """Store every event of the park, return how many once the views have them all; `told` gets done and total tickets.

    Views and topic are empty before. Raises `BenchFailed` when nothing moves any more, or `PyMongoError`.
    """
    stored = 0
    for tickets, documents in _groups(park):
        await db.events.insert_many(documents, ordered=False)
        stored += len(documents)
        told(tickets, park.tickets)
        await applied(db, stored - WAITING)
    await applied(db, stored)
    return stored


async def applied(db: Database, count: int) -> None:
    """Return once the views have `count` events; raises `BenchFailed`, or `PyMongoError`."""
    clock = asyncio.get_running_loop()
    last, moved = -1, clock.time()
    while (done := await _applied(db)) < count:
        if done > last:
            last, moved = done, clock.time()
        elif clock.time() - moved > STILL:
            raise BenchFailed(f"the views have had {done:,} events for {STILL:g} s, and {count:,} are expected")
        await asyncio.sleep(LOOK_SECONDS)


async def _applied(db: Database) -> int:
    return sum([checkpoint["offset"] async for checkpoint in db.checkpoints.find({}, {"offset": 1})])


def _groups(park: Park) -> Iterator[tuple[int, list[Document]]]:
    """Yield the events of the park in groups, each with the number of tickets until then."""
    events = ((number, document) for number in range(park.tickets) for document in stored_events(park, number))
    while group := list(islice(events, TOGETHER)):
        yield group[-1][0] + 1, [document for _, document in group]


def stored_events(park: Park, number: int) -> Iterator[Document]:
    """Yield the events of a ticket as the event store keeps them."""
    received = utc_now()
    for version, event in enumerate(park.life(number, received), 1):
        ticket = event["aggregateUid"]
        yield {
            "_id": f"{ticket}:{version}",
            "ticket": ticket,
            "version": version,
            "processUid": event["processUid"],
            "type": event["eventType"],
            "sentDate": received,
            "body": orjson.dumps(event),
        }
