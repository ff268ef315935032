"""What the view collections hold, held against the events that they were made from."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.projector.folds.stats import cells, first_fields, increments
from shared.mongo import Database, Document
from shared.topics import PARTITIONS
from tests.support.tickets import Stored


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until `condition` holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def until_applied(db: Database, events: int) -> None:
    """Wait until the journal holds that many events."""

    async def applied() -> bool:
        return await db.journal.count_documents({}) >= events

    await until(applied)


async def assert_applied_exactly_once(db: Database, lives: Sequence[Sequence[Stored]]) -> None:
    """Every event stands in the journal as it was published, each ticket is as new as its last, counters fit."""
    lines = {line["_id"]: line["event"] for line in await db.journal.find({}, {"event": 1}).to_list(None)}
    assert lines == {event.id: event.document()["body"] for life in lives for event in life}
    tickets = await db.tickets.find({}).to_list(None)
    assert {ticket["_id"]: ticket["version"] for ticket in tickets} == {life[0].ticket: len(life) for life in lives}
    expected = Counter(cell for ticket in tickets for cell in cells(ticket))
    assert await counted(db) == expected


async def store_tickets(db: Database, tickets: Sequence[Document]) -> None:
    """Put documents into the views, counted as the projector counts them."""
    await db.tickets.insert_many(tickets)
    occupied = Counter((number % PARTITIONS, cell) for number, ticket in enumerate(tickets) for cell in cells(ticket))
    for place, fields in increments(occupied).items():
        kept = {"$inc": fields, "$setOnInsert": first_fields(place)}
        await db.stats.update_one({"_id": place._asdict()}, kept, upsert=True)


async def counted(db: Database) -> Counter[tuple[str, ...]]:
    """Sum the day counters over all partitions; those that are 0 are left out."""
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
    """All that the views hold: documents by their ids, and the day counters summed over all partitions."""

    tickets: dict[str, Document]
    journal: dict[str, Document]
    counters: Counter[tuple[str, ...]]


async def whole_views(db: Database) -> WholeViews:
    """Read everything but the second dates of late events, which two projections of a topic need not have in common."""
    tickets = {ticket["_id"]: ticket for ticket in await db.tickets.find({}).to_list(None)}
    journal = {line["_id"]: line for line in await db.journal.find({}, {"late": 0}).to_list(None)}
    return WholeViews(tickets, journal, await counted(db))
