"""Statistics of the tickets that a query selects."""

from collections.abc import Hashable
from datetime import date
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.counting import Created, counters, month_of, on_tickets
from services.gateway.days import local_day
from services.gateway.filters import NOT_FOR_STATS, Filter, Selection, read_selection
from services.gateway.query import Query
from services.gateway.reading import READ_MS, in_snapshot
from services.gateway.selecting import created_on, look_into, selected
from services.gateway.sharing import Shared
from services.gateway.ticket_stats import months_shown, ticket_stats
from shared.clock import utc_now
from shared.contract import dump
from shared.mongo import Database, Session, aggregate
from shared.telemetry import READS_WAITING
from shared.web import json_response


class Stats:
    """Answers `ticketStats` of the contract."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access
        self._shared: Shared[Hashable, Response] = Shared()
        READS_WAITING.labels("statistics").set_function(self._shared.__len__)

    async def show(self, request: Request) -> Response:
        """GET: how many tickets were created lately, and how many a day."""
        visible = await self._access.visible(request)
        asked: bytes = request.scope["query_string"]
        return await self._shared.read((asked, repr(visible)), partial(self._shown, asked, visible))

    async def _shown(self, asked: bytes, visible: Filter) -> Response:
        today = local_day(utc_now())
        selection = read_selection(Query(asked, ignored=NOT_FOR_STATS), today)
        counts = await in_snapshot(self._db, partial(self._created, selection, visible, today))
        return json_response(dump(ticket_stats(counts, selection, today)))

    async def _created(self, selection: Selection, visible: Filter, today: date, session: Session) -> Created:
        kept = counters(selection, visible)
        if kept is None:
            return await self._on_tickets(selection, visible, session)
        months = kept.edges() | months_shown(today)
        counts = await created_on(self._db, kept, months, session)
        oldest = month_of(min(counts, default=today))
        return (
            counts if selection.first or oldest in months else await look_into(self._db, kept, counts, oldest, session)
        )

    async def _on_tickets(self, selection: Selection, visible: Filter, session: Session) -> Created:
        wanted = await selected(self._db, selection, visible, session)
        found = await aggregate(
            self._db.tickets, on_tickets(wanted.filter), session=session, maxTimeMS=READ_MS, **wanted.hint
        )
        return {date.fromisoformat(day["_id"]): day["count"] for day in found}
