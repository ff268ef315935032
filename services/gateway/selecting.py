"""How selected tickets are found, counted and paged in MongoDB."""

from datetime import date
from typing import NamedTuple

from services.gateway.counting import (
    Counters,
    Created,
    counters,
    created,
    looked_into,
    month_of,
    on_counters,
    spot,
)
from services.gateway.days import end_of
from services.gateway.filters import Filter, Selection, all_of, mongo_filter
from services.gateway.reading import READ_MS
from services.gateway.searching import searched
from shared.mongo import Database, Session, aggregate

SKIPPED = 1_000
"""Tickets that are passed over one by one before it is looked up on which day a page begins."""


class Found(NamedTuple):
    """`total` tickets are selected; those from the index asked for on are what `wanted` finds behind `skip` others."""

    total: int
    wanted: Filter
    skip: int


async def found_from(db: Database, selection: Selection, visible: Filter, index: int, session: Session) -> Found:
    """Count what is selected and `visible`, and tell where ticket number `index` stands, the newest first.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    wanted = await selected(db, selection, visible, session)
    kept = counters(selection, visible)
    if kept is None:
        return Found(await db.tickets.count_documents(wanted, session=session, maxTimeMS=READ_MS), wanted, index)
    counts = await created_on(db, kept, kept.edges(), session)
    total = sum(counts.values())
    if not SKIPPED < index < total:
        return Found(total, wanted, index)
    begins = spot(await _looked_into_at(db, kept, counts, index, session), index)
    return Found(total, all_of(wanted, {"created": {"$lt": end_of(begins.day)}}), begins.before)


async def _looked_into_at(db: Database, kept: Counters, counts: Created, index: int, session: Session) -> Created:
    month = month_of(spot(counts, index).day)
    return counts if month in kept.edges() else await look_into(db, kept, counts, month, session)


async def created_on(db: Database, kept: Counters, months: frozenset[date], session: Session) -> Created:
    """Tell how many tickets were created when, by day in `months`, which hold the edges."""
    found = await aggregate(db.stats, on_counters(kept, months), session=session, maxTimeMS=READ_MS)
    return created(found, kept, months)


async def look_into(db: Database, kept: Counters, counts: Created, month: date, session: Session) -> Created:
    """Give `counts` with the tickets of `month`, which is none of the edges, on their days."""
    of_year = all_of(kept.wanted, {"year": month.year})
    found = db.stats.find(of_year, {"_id": 0, f"months.{month:%m}.days": 1}, session=session, max_time_ms=READ_MS)
    return looked_into(counts, month, await found.to_list(None), kept.statuses)


async def selected(db: Database, selection: Selection, visible: Filter, session: Session) -> Filter:
    """Give the filter on `tickets` that finds what is selected and `visible`, full text included.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    terms = [await searched(db, term, visible, session) for term in selection.terms]
    return all_of(mongo_filter(selection), visible, *terms)
