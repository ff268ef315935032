"""The content of the views, compared with the events they were made from; and waiting for a state."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.projector.folds.day_counters import cells, increments
from shared.mongo import Database, Document
from shared.read_model.counter_layout import first_fields
from shared.storage.topics import PARTITIONS
from tests.support.data.tickets import Stored


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until `condition` holds; raises `TimeoutError` after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def until_applied(db: Database, events: int) -> None:
    """Wait until the journal holds at least `events` events."""

    async def applied() -> bool:
        return await db.journal.count_documents({}) >= events

    await until(applied)


async def assert_applied_exactly_once(db: Database, lives: Sequence[Sequence[Stored]]) -> None:
    """Assert that the journal holds each event once, tickets have their last version, and counters are right."""
    lines = {line["_id"]: line["event"] for line in await db.journal.find({}, {"event": 1}).to_list(None)}
    assert lines == {event.id: event.document()["body"] for life in lives for event in life}
    tickets = await db.tickets.find({}).to_list(None)
    assert {ticket["_id"]: ticket["version"] for ticket in tickets} == {life[0].ticket: len(life) for life in lives}
    expected = Counter(cell for ticket in tickets for cell in cells(ticket))
    assert await counted(db) == expected


async def store_tickets(db: Database, tickets: Sequence[Document]) -> None:
    """Store tickets in the views, with the counters that the projector would keep."""
    await db.tickets.insert_many(tickets)
    occupied = Counter((number % PARTITIONS, cell) for number, ticket in enumerate(tickets) for cell in cells(ticket))
    for place, fields in increments(occupied).items():
        kept = {"$inc": fields, "$setOnInsert": first_fields(place)}
        await db.stats.update_one({"_id": place._asdict()}, kept, upsert=True)
    await move_a_checkpoint(db)


async def move_a_checkpoint(db: Database) -> None:
    """Note that the views have changed, as the projector does when it writes them."""
    await db.checkpoints.update_one({"_id": 0}, {"$inc": {"refreshed": 1}})


async def counted(db: Database) -> Counter[tuple[str, ...]]:
    """Return the day counters, summed over all partitions, without zeros."""
    sums: Counter[tuple[str, ...]] = Counter()
    for kept in await db.stats.find({}).to_list(None):
        for month, of_month in kept["months"].items():
            days = of_month.pop("days")
            assert Counter(of_month) == _added_up(days.values()), kept["_id"]
            for day, statuses in days.items():
                for status, count in statuses.items():
                    sums[kept["dimension"], kept["value"], f"{kept['year']:04}-{month}-{day}", status] += count
    return Counter({cell: count for cell, count in sums.items() if count})


def _added_up(days: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for statuses in days:
        total.update(statuses)
    return total


@dataclass(frozen=True)
class WholeViews:
    """All content of the views: documents by id, and the day counters summed over all partitions."""

    tickets: dict[str, Document]
    journal: dict[str, Document]
    counters: Counter[tuple[str, ...]]


async def whole_views(db: Database) -> WholeViews:
    """Read everything except late dates, which two projections of one topic need not share."""
    tickets = {ticket["_id"]: ticket for ticket in await db.tickets.find({}).to_list(None)}
    journal = {line["_id"]: line for line in await db.journal.find({}, {"late": 0}).to_list(None)}
    return WholeViews(tickets, journal, await counted(db))
