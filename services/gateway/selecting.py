"""How selected tickets are found, counted and paged in MongoDB."""

from datetime import date
from typing import NamedTuple

from services.gateway.counting import (
    Counters,
    Created,
    counters,
    created,
    month_of,
    on_counters,
    spot,
    with_days,
)
from services.gateway.filters import Filter, Selection, all_of, created_between, mongo_filter
from services.gateway.indexes import index_for
from services.gateway.reading import READ_MS
from services.gateway.searching import holding_terms
from shared.mongo import Database, Session, aggregate

SKIPPED = 1_000
"""Tickets that are passed over one by one before it is looked up on which day a page begins."""


class Found(NamedTuple):
    """`total` tickets are selected; those from number `first` on are what `wanted` finds behind `skip` others.

    `along`: the name of the index that has them in the order of lists; None when MongoDB is to choose.
    """

    total: int
    wanted: Filter
    skip: int
    along: str | None = None


async def found_from(db: Database, selection: Selection, visible: Filter, first: int, session: Session) -> Found:
    """Count what is selected and `visible`, and tell where ticket number `first` stands, the newest first.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    wanted = await selected(db, selection, visible, session)
    along, kept = index_for(selection, visible), counters(selection, visible)
    if kept is None:
        return Found(await _counted(db, wanted, along, session), wanted, first, along)
    counts = await created_on(db, kept, kept.edges(), session)
    total = sum(counts.values())
    if not SKIPPED < first < total:
        return Found(total, wanted, first, along)
    begins = spot(await _with_day_of(db, kept, counts, first, session), first)
    return Found(total, all_of(wanted, created_between(None, begins.day)), begins.before, along)


async def _counted(db: Database, wanted: Filter, along: str | None, session: Session) -> int:
    hint = {"hint": along} if along else {}
    return await db.tickets.count_documents(wanted, session=session, maxTimeMS=READ_MS, **hint)


async def _with_day_of(db: Database, kept: Counters, counts: Created, number: int, session: Session) -> Created:
    month = month_of(spot(counts, number).day)
    return counts if month in kept.edges() else await look_into(db, kept, counts, month, session)


async def created_on(db: Database, kept: Counters, months: frozenset[date], session: Session) -> Created:
    """Tell how many tickets were created when, by day in `months`, which hold the edges."""
    found = await aggregate(db.stats, on_counters(kept, months), session=session, maxTimeMS=READ_MS, hint=kept.index)
    return created(found, kept, months)


async def look_into(db: Database, kept: Counters, counts: Created, month: date, session: Session) -> Created:
    """Give `counts` with the tickets of `month`, which is none of the edges, on their days."""
    of_year = all_of(kept.wanted, {"year": month.year})
    found = db.stats.find(
        of_year, {"_id": 0, f"months.{month:%m}.days": 1}, session=session, max_time_ms=READ_MS, hint=kept.index
    )
    return with_days(counts, month, await found.to_list(None), kept.statuses)


async def selected(db: Database, selection: Selection, visible: Filter, session: Session) -> Filter:
    """Give the filter on `tickets` that finds what is selected and `visible`, full text included.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    terms = await holding_terms(db, selection.terms, visible, session)
    return all_of(mongo_filter(selection), visible, *terms)
