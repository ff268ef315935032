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
from services.gateway.guessing import Guesses
from services.gateway.indexes import index_for
from services.gateway.reading import READ_MS
from services.gateway.searching import holding_terms
from shared.mongo import Database, Session, aggregate

SKIPPED = 1_000
"""Tickets that are passed over one by one before it is looked up on which day a page begins."""


class Wanted(NamedTuple):
    """The filter on `tickets` that finds what is selected, and the index it goes along; None: MongoDB is to choose."""

    filter: Filter
    along: str | None

    @property
    def hint(self) -> dict[str, str]:
        """The option that names the index."""
        return {"hint": self.along} if self.along else {}


class Found(NamedTuple):
    """`total` tickets are selected; those from the one asked for on are what `wanted` finds behind `skip` others."""

    total: int
    wanted: Wanted
    skip: int


class Finder:
    """Counts what is selected and finds where pages of it begin."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._guesses = Guesses()

    async def found_from(self, selection: Selection, visible: Filter, first: int, session: Session) -> Found:
        """Count what is selected and `visible`, and tell where ticket number `first` stands, the newest first.

        Raises `TooManyFoundError` or `PyMongoError`.
        """
        wanted = await selected(self._db, selection, visible, session)
        kept = counters(selection, visible)
        if kept is None:
            count = self._db.tickets.count_documents(wanted.filter, session=session, maxTimeMS=READ_MS, **wanted.hint)
            return Found(await count, wanted, first)
        likely = self._guesses.month_at(kept, first) if first > SKIPPED else frozenset()
        counts = await created_on(self._db, kept, kept.edges() | likely, session)
        total = sum(counts.values())
        if not SKIPPED < first < total:
            return Found(total, wanted, first)
        self._guesses.learn(kept, counts)
        month = month_of(spot(counts, first).day)
        if month not in kept.edges() | likely:
            counts = await look_into(self._db, kept, counts, month, session)
        begins = spot(counts, first)
        of_day_or_older = all_of(wanted.filter, created_between(None, begins.day))
        return Found(total, wanted._replace(filter=of_day_or_older), begins.before)


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


async def selected(db: Database, selection: Selection, visible: Filter, session: Session) -> Wanted:
    """Tell how to find what is selected and `visible`, full text included.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    terms = await holding_terms(db, selection.terms, visible, session)
    in_commentaries = any("$or" in term for term in terms)
    along = None if in_commentaries else index_for(selection, visible)
    return Wanted(all_of(mongo_filter(selection), visible, *terms), along)
