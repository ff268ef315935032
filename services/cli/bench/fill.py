"""Fills the platform with a portfolio's tickets, through event store, relay, topic and projector into the views."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console

from services.cli.bench.bench_error import BenchError
from services.cli.bench.portfolio import Portfolio, make_portfolio
from services.cli.progress_bar import counted
from shared.clock import utc_now
from shared.kafka.publishing import Message, producer, publish
from shared.mongo import DESCENDING, Database, Document
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import offsets
from shared.storage.event_document import event_document
from shared.storage.topics import PARTITIONS, Topics

TOGETHER = 2_000
"""Events stored with one insert."""
WAITING = 30_000
"""Most events that are stored but not applied. With more, the relay could fall behind MongoDB's oplog."""
STILL = 60.0
"""Seconds without an applied event, after which filling fails."""
LOOK_SECONDS = 0.1


async def fill(engines: EngineSettings, db: Database, tickets: int, console: Console) -> Portfolio:
    """Publish the directory of a portfolio, store the events of its `tickets`, and return once the views have them.

    The topic and the views must be empty before. Raises `BenchError` when no event is applied any more, `KafkaError`
    or `PyMongoError`.
    """
    portfolio = make_portfolio(tickets, utc_now().date())
    with counted(console, "loading tickets") as show:
        await _load(engines, db, portfolio, show)
    return portfolio


async def _load(engines: EngineSettings, db: Database, portfolio: Portfolio, show: Callable[[int, int], None]) -> None:
    async with producer(engines.kafka) as sender:
        entries = [
            Message(0, entry.uid.encode(), entry.model_dump_json(exclude_none=True).encode(), 0)
            for entry in portfolio.entries
        ]
        await publish(sender, Topics(engines.topic_prefix).directory, entries)
    lives = ((number, _received_now(portfolio, number)) for number in range(portfolio.tickets))
    count = 0
    for tickets, documents in _groups(lives):
        count += await store(db, documents)
        show(tickets, portfolio.tickets)
        await wait_until_applied(db, count - WAITING)
    await wait_until_applied(db, count)


def _received_now(portfolio: Portfolio, number: int) -> list[Document]:
    received = utc_now()
    return stored_events(portfolio.life(number, received), received)


async def store(db: Database, documents: Sequence[Document]) -> int:
    """Insert events into the event store and return their number; raises `PyMongoError`."""
    for start in range(0, len(documents), TOGETHER):
        await db.events.insert_many(documents[start : start + TOGETHER], ordered=False)
    return len(documents)


async def wait_until_all_applied(db: Database) -> None:
    """Return once the views have every event of the event store; raises `BenchError` or `PyMongoError`."""
    await wait_until_applied(db, await db.events.count_documents({}))


async def wait_until_applied(db: Database, count: int) -> None:
    """Return once the views have `count` events.

    Raises `BenchError` when no event is applied for `STILL` seconds, or `PyMongoError`.
    """
    clock = asyncio.get_running_loop()
    last, moved = -1, clock.time()
    while (done := await applied_events(db)) < count:
        if done > last:
            last, moved = done, clock.time()
        elif clock.time() - moved > STILL:
            raise BenchError(f"the views have had {done:,} events for {STILL:g} s, and {count:,} are expected")
        await asyncio.sleep(LOOK_SECONDS)


async def applied_events(db: Database) -> int:
    """Return how many events of the topic the views have; raises `PyMongoError`."""
    return sum((await offsets(db, range(PARTITIONS))).values())


async def last_received(db: Database) -> datetime:
    """Return when the last event in the views was received; raises `PyMongoError`, or `BenchError` if there is none."""
    last = await db.journal.find_one({}, {"_id": 0, "sent": 1}, sort=[("sent", DESCENDING)])
    if last is None:
        raise BenchError("the views have no event")
    received: datetime = last["sent"]
    return received


def _groups(lives: Iterable[tuple[int, list[Document]]]) -> Iterator[tuple[int, list[Document]]]:
    """Yield groups of events of complete tickets, each with the number of tickets up to there."""
    group: list[Document] = []
    number = -1
    for number, documents in lives:
        group += documents
        if len(group) >= TOGETHER:
            yield number + 1, group
            group = []
    if group:
        yield number + 1, group


def stored_events(life: Sequence[Mapping[str, Any]], received: datetime, *, version: int = 0) -> list[Document]:
    """Return events of a ticket as documents of the event store; the first one follows `version`."""
    return [
        event_document(
            ticket=event["aggregateUid"],
            version=number,
            process=event["processUid"],
            event_type=event["eventType"],
            received=received,
            body=orjson.dumps(event),
        )
        for number, event in enumerate(life, version + 1)
    ]
