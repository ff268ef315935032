"""The finder: counts selected tickets in MongoDB, and finds where a page of them begins."""

from datetime import date
from typing import Literal, NamedTuple

from services.gateway.parameters.filters import Filter, Selection, all_of, created_between, mongo_filter
from services.gateway.parameters.fulltext import located_filter
from services.gateway.parameters.paging import Page
from services.gateway.views.counters import (
    Counters,
    Created,
    choose_counters,
    counters_pipeline,
    created,
    month_of,
    position_of,
    with_days,
)
from services.gateway.views.indexes import index_for
from services.gateway.views.month_guess import Guesses
from services.gateway.views.snapshot import READ_MS
from services.gateway.views.terms import locate_terms
from shared.accounts.scopes import EVERYTHING, Visible
from shared.mongo import Database, Session, aggregate
from shared.read_model.counter_layout import days_field
from shared.read_model.index_names import TicketsIndex
from shared.storage.schema import NEWEST_FIRST

SKIPPED = 1_000
"""Most tickets that are skipped one by one. For pages further down, day counters find the day of their start."""
WALKED_ONCE = 1_000
"""If a page ends within so many tickets, one scan both counts a scope's tickets and collects the page."""


class TicketQuery(NamedTuple):
    """The filter on `tickets` for what is selected, and the index to use. With None, MongoDB chooses."""

    filter: Filter
    index_name: TicketsIndex | Literal["_id_"] | None

    @property
    def hint(self) -> dict[str, str]:
        """Return the option of a query that names the index; empty when MongoDB chooses."""
        return {"hint": self.index_name} if self.index_name else {}


class FoundPage(NamedTuple):
    """The total count, and the query and skip that reach the requested page."""

    total: int
    query: TicketQuery
    skip: int


class Finder:
    """Counts selected tickets and finds where a page of them begins. Remembers in which months pages began."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._guesses = Guesses()

    async def find_page(self, selection: Selection, visible: Visible, page: Page, session: Session) -> FoundPage:
        """Return how many tickets are selected and `visible`, and how to reach those of `page`, the newest first.

        Raises `TooManyFoundError` or `PyMongoError`.
        """
        query, first = await ticket_query(self._db, selection, visible, session), page.first
        if selection.terms and visible != EVERYTHING and first + page.length <= WALKED_ONCE:
            return await self._in_one_walk(query, page, session)
        counters = choose_counters(selection, visible)
        if counters is None:
            count = self._db.tickets.count_documents(query.filter, session=session, maxTimeMS=READ_MS, **query.hint)
            return FoundPage(await count, query, first)
        likely = self._guesses.month_at(counters, first) if first > SKIPPED else frozenset()
        counts = await count_created(self._db, counters, counters.partial_months() | likely, session)
        total = sum(counts.values())
        if not SKIPPED < first < total:
            return FoundPage(total, query, first)
        self._guesses.learn(counters, counts)
        month = month_of(position_of(counts, first).day)
        if month not in counters.partial_months() | likely:
            counts = await count_days(self._db, counters, counts, month, session)
        begins = position_of(counts, first)
        of_day_or_older = all_of(query.filter, created_between(None, begins.day))
        return FoundPage(total, query._replace(filter=of_day_or_older), begins.before)

    async def _in_one_walk(self, query: TicketQuery, page: Page, session: Session) -> FoundPage:
        """Count a scope's tickets and find those on `page` in a single scan."""
        newest = {"$topN": {"n": page.first + page.length, "sortBy": dict(NEWEST_FIRST), "output": "$_id"}}
        walk = await aggregate(
            self._db.tickets,
            [{"$match": query.filter}, {"$group": {"_id": None, "total": {"$sum": 1}, "newest": newest}}],
            session=session,
            maxTimeMS=READ_MS,
            **query.hint,
        )
        total, uids = (walk[0]["total"], walk[0]["newest"]) if walk else (0, [])
        return FoundPage(total, TicketQuery({"_id": {"$in": uids[page.first :]}}, "_id_"), 0)


async def count_created(db: Database, counters: Counters, months: frozenset[date], session: Session) -> Created:
    """Return how many tickets were created: by day in `months` and in the partial months, else by month."""
    found = await aggregate(
        db.stats, counters_pipeline(counters, months), session=session, maxTimeMS=READ_MS, hint=counters.index
    )
    return created(found, counters, months)


async def count_days(db: Database, counters: Counters, counts: Created, month: date, session: Session) -> Created:
    """Return `counts` with the tickets of `month` by day. `month` must not be a partial month."""
    of_year = all_of(counters.filter, {"year": month.year})
    found = db.stats.find(
        of_year, {"_id": 0, days_field(f"{month:%m}"): 1}, session=session, max_time_ms=READ_MS, hint=counters.index
    )
    return with_days(counts, month, await found.to_list(None), counters.statuses)


async def ticket_query(db: Database, selection: Selection, visible: Visible, session: Session) -> TicketQuery:
    """Return the query for what is selected and `visible`, full text included.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    terms = await locate_terms(db, selection.terms, visible, session)
    in_commentaries = any(term.commented for term in terms)
    along = None if in_commentaries and visible == EVERYTHING else index_for(selection, visible)
    return TicketQuery(all_of(mongo_filter(selection, visible), *map(located_filter, terms)), along)
