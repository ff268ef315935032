"""Statistics of the tickets that a query selects."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.counting import on_tickets, source, statistics
from services.gateway.days import local_day
from services.gateway.filters import read_selection
from services.gateway.query import Query
from services.gateway.reading import READ_MS, in_snapshot, selected
from shared.clock import utc_now
from shared.contract import dump
from shared.mongo import Database, Document, Session, aggregate
from shared.web import json_response

IGNORED = frozenset({"range", "activeproviders"})
"""Parameters that other endpoints have (contract README, 1, 3 and 85)."""


class Stats:
    """Answers `ticketStats` of the contract."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access

    async def show(self, request: Request) -> Response:
        """GET: how many tickets were created lately, and how many a day."""
        visible = await self._access.visible(request)
        today = local_day(utc_now())
        selection = read_selection(Query(request.scope["query_string"], ignored=IGNORED), today)

        async def read(session: Session) -> list[Document]:
            if selection.terms:
                counts = on_tickets(await selected(self._db, selection, visible, session))
            else:
                counts = source(selection, visible)
            return await aggregate(self._db[counts.collection], counts.pipeline, session=session, maxTimeMS=READ_MS)

        found = await in_snapshot(self._db, read)
        created = {date.fromisoformat(day["_id"]): day["count"] for day in found}
        return json_response(dump(statistics(created, selection, today)))
