"""The finder: counts selected tickets in MongoDB, and finds where a page of them begins."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Literal, NamedTuple

from services.gateway.parameters.filters import (
    Filter,
    Selection,
    all_of,
    closed_between,
    created_between,
    mongo_filter,
)
from services.gateway.parameters.fulltext import LocatedTerm, located_filter
from services.gateway.parameters.paging import Page
from services.gateway.views.counters import (
    Counters,
    choose_counters,
    counters_pipeline,
    created,
    month_of,
    of_selected_days,
    with_days,
)
from services.gateway.views.indexes import closings_index_for, index_for
from services.gateway.views.known_counts import Counted, KnownCounts
from services.gateway.views.shared_reads import SharedReads
from services.gateway.views.snapshot import READ_MS, Snapshot
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
    """Counts selected tickets and finds where a page of them begins. Remembers counts."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known = KnownCounts()
        self._counting: SharedReads[tuple[Counters, Hashable], Counted] = SharedReads()

    async def find_page(self, selection: Selection, visible: Visible, page: Page, snapshot: Snapshot) -> FoundPage:
        """Return how many tickets are selected and `visible`, and how to reach those of `page`, the newest first.

        Raises `TooManyFoundError` or `PyMongoError`.
        """
        session, first = snapshot.session, page.first
        query = await ticket_query(self._db, selection, visible, session)
        if selection.terms and visible != EVERYTHING and first + page.length <= WALKED_ONCE:
            return await self._in_one_walk(query, page, session)
        counters = choose_counters(selection, visible)
        if counters is None:
            count = self._db.tickets.count_documents(query.filter, session=session, maxTimeMS=READ_MS, **query.hint)
            return FoundPage(await count, query, first)
        likely = self._known.month_at(counters, first) if first > SKIPPED else frozenset[date]()
        counted = await self.count(counters, likely, snapshot)
        total = counted.in_order.total
        if not SKIPPED < first < total:
            return FoundPage(total, query, first)
        month = month_of(counted.in_order.position_of(first).day)
        counted = await self.with_days(counters, counted, month, session)
        begins = counted.in_order.position_of(first)
        of_day_or_older = all_of(query.filter, created_between(None, begins.day))
        return FoundPage(total, query._replace(filter=of_day_or_older), begins.before)

    async def count(self, counters: Counters, months: frozenset[date], snapshot: Snapshot) -> Counted:
        """Return how many tickets were created, by day in the partial months, by month in the others.

        Counts that are read now, because none are kept, are by day in `months` too.

        Raises `PyMongoError`.
        """
        counted = self._known.of(counters, snapshot.applied) or await self._of_its_days(counters, snapshot)
        if counted is None:
            read = partial(self._read_counts, counters, months | counters.partial_months(), snapshot)
            counted = await self._counting.read((counters, snapshot.applied), read)
        return counted

    async def _read_counts(self, counters: Counters, months: frozenset[date], snapshot: Snapshot) -> Counted:
        if known := self._known.of(counters, snapshot.applied):
            return known  # another request has read them meanwhile
        found = await aggregate(
            self._db.stats,
            counters_pipeline(counters, months),
            session=snapshot.session,
            maxTimeMS=READ_MS,
            hint=counters.index,
        )
        counted = Counted(created(found, counters, months), months, snapshot.applied)
        self._known.learn(counters, counted)
        return counted

    async def _of_its_days(self, counters: Counters, snapshot: Snapshot) -> Counted | None:
        """Return the counts of the selected days if those of all days are known."""
        all_days = replace(counters, first=None, last=None)
        counted = self._known.of(all_days, snapshot.applied)
        if counted is None:
            return None
        for month in counters.partial_months():
            counted = await self.with_days(all_days, counted, month, snapshot.session)
        return Counted(of_selected_days(counted.created, counters), counted.months, counted.applied)

    async def with_days(self, counters: Counters, counted: Counted, month: date, session: Session) -> Counted:
        """Return `counted` with the tickets of `month` by day; raises `PyMongoError`."""
        if month in counted.months or month not in counted.created:
            return counted
        of_year = all_of(counters.filter, {"year": month.year})
        found = self._db.stats.find(
            of_year, {"_id": 0, days_field(f"{month:%m}"): 1}, session=session, max_time_ms=READ_MS, hint=counters.index
        )
        days = await found.to_list(None)
        known = self._known.of(counters, counted.applied)
        if known and known.months >= counted.months:  # other requests have read other months meanwhile
            counted = known
        counts = with_days(counted.created, month, days, counters.statuses)
        counted = Counted(counts, counted.months | {month}, counted.applied)
        self._known.learn(counters, counted)
        return counted

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


async def ticket_query(db: Database, selection: Selection, visible: Visible, session: Session) -> TicketQuery:
    """Return the query for what is selected and `visible`, full text included.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    return query_for(selection, visible, await locate_terms(db, selection.terms, visible, session))


def query_for(selection: Selection, visible: Visible, terms: Sequence[LocatedTerm]) -> TicketQuery:
    """Return the query for what is selected and `visible`, with the `terms` of the selection where they were found."""
    in_commentaries = any(term.commented for term in terms)
    along = None if in_commentaries and visible == EVERYTHING else index_for(selection, visible)
    return TicketQuery(all_of(mongo_filter(selection, visible), *map(located_filter, terms)), along)


def closings_query_for(selection: Selection, visible: Visible, terms: Sequence[LocatedTerm]) -> TicketQuery:
    """Return the query for tickets closed on the selected days, whenever they were opened; else like `query_for`.

    The selected status plays no part: all that are found are closed.
    """
    whenever = mongo_filter(replace(selection, status=None, first=None, last=None), visible)
    closed = closed_between(selection.first, selection.last)
    return TicketQuery(all_of(whenever, closed, *map(located_filter, terms)), closings_index_for(selection, visible))
