"""The pages of tickets: the list with its filters, one ticket, and its events as JSON."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.answers.pages import Pages
from services.gateway.console import shown_list
from services.gateway.console.answering import html, user_of
from services.gateway.console.choices import Choices
from services.gateway.console.shown_ticket import deadlines_of, shown_ticket, time_axis
from services.gateway.endpoints.tickets import Tickets
from services.gateway.parameters.filters import all_of
from services.gateway.parameters.paging import Page, PageHead, page_head, read_range
from services.gateway.parameters.query import Query, checked
from services.gateway.views.details import AskedDetail, read_export
from services.gateway.views.snapshot import READ_MS, Snapshot, Snapshots
from services.gateway.views.stored_bytes import RenderedField
from shared.accounts.scopes import visible_filter
from shared.clock import utc_now
from shared.contract.scalars import uid
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.mongo import ASCENDING, DESCENDING, Database, Document
from shared.process.offloading import offloaded
from shared.read_model import index_names
from shared.read_model.openings import FEED_OPENING

MADE, MADE_WAITING, MADE_WAITS = 4, 50, 5.0
"""Pages of tickets that are made at the same time, requests that may wait for their turn, and for how many seconds."""
BUSY: Final = "Too many pages are being made; ask again."


class TicketPages:
    """Answers with pages of tickets, from the reads that answer the API."""

    def __init__(self, db: Database, access: Access, tickets: Tickets, choices: Choices) -> None:
        self._db = db
        self._access = access
        self._tickets = tickets
        self._made = ConcurrencyLimit(MADE, waiting=MADE_WAITING, seconds=MADE_WAITS, refusal=BUSY)
        self._choices = choices
        self._snapshots = Snapshots(db)
        self._events = RenderedField(db.journal, "event", READ_MS)
        self._event_pages = Pages(self._snapshots, self._events, FEED_OPENING)

    async def list(self, request: Request) -> Response:
        """Return the list that the address bar selects."""
        return await self._list(request, "tickets.html")

    async def rows(self, request: Request) -> Response:
        """Return only the rows of that list, for a page that is open."""
        return await self._list(request, "rows.html")

    async def _list(self, request: Request, template: str) -> Response:
        user = await user_of(self._access, request)
        visible = self._access.visible_to(user)
        sent: bytes = request.scope["query_string"]
        query = await offloaded(len(sent), partial(Query, sent))
        ranged = sent if query.one("range") else b"%b&range=0-%d" % (sent, shown_list.ROWS - 1)
        filters = shown_list.asked_filters(query)
        found = await self._tickets.rows(ranged, visible, shown_list.row)
        before, after = shown_list.neighbours(found.page, found.total)
        first = min(found.page.first, found.total)
        shown: dict[str, Any] = {
            "filters": filters,
            "rows": found.rows,
            "total": found.total,
            "first": first + 1,
            "last": first + len(found.rows),
            "before": shown_list.address("/tickets", filters, before) if before else None,
            "after": shown_list.address("/tickets", filters, after) if after else None,
            "part": shown_list.address("/tickets/rows", filters, found.page),
            "is_newest": found.page.first == 0,
        }
        options = 0
        if template == "tickets.html":
            directory = self._access.directory
            shown["agencies"] = await self._choices.agencies(directory, visible)
            shown["providers"] = await self._choices.providers(directory)
            options = len(shown["agencies"]) + len(shown["providers"])
        return await html(request, template, size=shown_list.page_bytes(len(found.rows), options), **shown)

    async def show(self, request: Request) -> Response:
        """Return the page of one ticket."""
        user = await user_of(self._access, request)
        ticket = checked("ticket_uid", uid, request.path_params["ticket_uid"])
        asked = AskedDetail(ticket, self._access.visible_to(user))
        async with self._made:
            detail, export = await self._tickets.read_detail(asked), await read_export(self._db, asked)
            if detail is None or export is None:
                raise HTTPException(404)
            shown = await offloaded(len(detail), partial(shown_ticket, detail))
            axis = time_axis(shown, await offloaded(len(export), partial(deadlines_of, export)), utc_now())
            return await html(request, "ticket.html", size=len(detail), ticket=shown, axis=axis)

    async def events(self, request: Request) -> Response:
        """Return the events of one ticket as JSON, like a page of the feed, the oldest first."""
        user = await user_of(self._access, request)
        sent: bytes = request.scope["query_string"]
        query = await offloaded(len(sent), partial(Query, sent))
        page = read_range(query.one("range"))
        ticket = checked("ticket_uid", uid, request.path_params["ticket_uid"])
        wanted = all_of({"ticket": ticket}, visible_filter(self._access.visible_to(user)))

        async def find(snapshot: Snapshot) -> tuple[PageHead, Sequence[Document]]:
            return await self._find_events(wanted, page, snapshot)

        return await self._snapshots.read(partial(self._event_pages.answer, find))

    async def _find_events(self, wanted: Any, page: Page, snapshot: Snapshot) -> tuple[PageHead, Sequence[Document]]:
        """Return a page of a ticket's events. Their versions have no gaps, so the last one is their number."""
        options = {"session": snapshot.session, "max_time_ms": READ_MS}
        journal = self._db.journal
        last = journal.find(wanted, {"version": 1}, **options).hint(index_names.TICKET).sort("version", DESCENDING)
        newest = await last.limit(1).to_list(1)
        if not newest:
            raise HTTPException(404)
        head = page_head(page, newest[0]["version"])
        if page.first >= newest[0]["version"]:
            return head, []  # the start may be too high a number for MongoDB
        of_page = {"version": {"$gt": page.first, "$lte": page.first + page.length}}
        found = journal.find(all_of(wanted, of_page), self._events.projection, **options).hint(index_names.TICKET)
        return head, await found.sort("version", ASCENDING).to_list(page.length)
