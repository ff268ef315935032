"""Statistics of the tickets that a query selects."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.answers.entity_tags import Tagged, tagged_json
from services.gateway.answers.shared_answers import SharedAnswers
from services.gateway.parameters.filters import NOT_FOR_STATS, Selection, read_selection
from services.gateway.parameters.query import Query
from services.gateway.views.counters import Created, choose_counters, month_of, tickets_pipeline
from services.gateway.views.finder import Finder, ticket_query
from services.gateway.views.snapshot import READ_MS, Snapshot, Snapshots
from services.gateway.views.ticket_stats import months_shown, ticket_stats
from shared.accounts.scopes import Visible
from shared.contract import dump
from shared.mongo import Database, Session, aggregate

Asked = tuple[Selection, date]


class Stats:
    """Answers `ticketStats` of the contract."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access
        self._finder = Finder(db)
        self._answers = SharedAnswers(Snapshots(db), "statistics", _read, self._counted)

    async def show(self, request: Request) -> Response:
        """Return how many of the selected tickets were created recently, and how many per day."""
        visible = await self._access.visible(request)
        return await self._answers.answer(request, visible)

    async def _counted(self, asked: Asked, visible: Visible, snapshot: Snapshot) -> Tagged:
        selection, today = asked
        counts = await self._created(selection, visible, today, snapshot)
        return tagged_json(dump(ticket_stats(counts, selection, today)))

    async def _created(self, selection: Selection, visible: Visible, today: date, snapshot: Snapshot) -> Created:
        counters = choose_counters(selection, visible)
        if counters is None:
            return await self._count_tickets(selection, visible, snapshot.session)
        months = months_shown(today)
        counted = await self._finder.count(counters, months, snapshot)
        if not selection.first:
            months |= {month_of(min(counted.created, default=today))}
        for month in months:
            counted = await self._finder.with_days(counters, counted, month, snapshot.session)
        return counted.created

    async def _count_tickets(self, selection: Selection, visible: Visible, session: Session) -> Created:
        query = await ticket_query(self._db, selection, visible, session)
        found = await aggregate(
            self._db.tickets, tickets_pipeline(query.filter), session=session, maxTimeMS=READ_MS, **query.hint
        )
        return {date.fromisoformat(day["_id"]): day["count"] for day in found}


def _read(asked: bytes, today: date) -> Asked:
    return read_selection(Query(asked, ignored=NOT_FOR_STATS), today), today
