"""The list and the detail of tickets, joined from bytes that the projector rendered."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.answers.entity_tags import Tagged, named_tags, tagged_json
from services.gateway.answers.pages import LargePage, Pages
from services.gateway.answers.shared_answers import SharedAnswers
from services.gateway.parameters.filters import ALL_TICKETS, Selection, read_selection
from services.gateway.parameters.freshness import HEADER, version_filter
from services.gateway.parameters.paging import FIRST_PAGE, Page, PageHead, page_head, read_page
from services.gateway.parameters.query import Query, Together, checked
from services.gateway.views.details import AskedDetail, read_details
from services.gateway.views.finder import Finder, FoundPage
from services.gateway.views.gathered_reads import GatheredReads
from services.gateway.views.shared_reads import SharedReads
from services.gateway.views.snapshot import READ_MS, Snapshot, Snapshots, in_snapshot
from services.gateway.views.stored_bytes import RenderedField, groups
from shared.accounts.scopes import Visible
from shared.clock import utc_now
from shared.contract.scalars import uid
from shared.http.answers import error
from shared.http.asgi import header_values
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.mongo import Database, Document, Session
from shared.process.offloading import offloaded
from shared.read_model.local_days import local_day
from shared.read_model.openings import LIST_OPENING
from shared.storage.schema import NEWEST_FIRST

DETAILS, DETAILS_WAITING, DETAIL_WAITS = 8, 200, 5.0
"""Details that are read at the same time, requests that may wait for their turn, and for how many seconds.

A detail may have 4 MiB of texts. Each request holds one of the 1,000 connections of the gateway's port. Together with
600 commands (`endpoints.commands`) and 100 streams (`endpoints.feed_stream`) they take 908 connections at most. Not in
this sum: 500 requests that wait for the feed, 75 pages of the console, 21 searches of the directory and 20 exports. If
all of these come together, the port is full. Then a new connection ends another one, or is refused
(`shared.http.connections`).
"""
BUSY = "Too many details are being read; ask again."
VERSION = HEADER.lower().encode()

Asked = tuple[Page, Selection]


Row = Mapping[str, Any]


class Rows(NamedTuple):
    """A page of the list: which one, how many tickets are selected, and the rows made of its items."""

    page: Page
    total: int
    rows: Sequence[Row]


class Tickets:
    """Answers `listTickets` and `getTicket` of the contract."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access
        self._finder = Finder(db)
        self._shared_rows: SharedReads[tuple[bytes, Visible], Rows] = SharedReads()
        self._items = RenderedField(db.tickets, "item", READ_MS)
        self._snapshots = Snapshots(db)
        self._pages = Pages(self._snapshots, self._items, LIST_OPENING)
        self._lists = SharedAnswers(self._snapshots, "list", _read, self._page)
        self._details = ConcurrencyLimit(DETAILS, waiting=DETAILS_WAITING, seconds=DETAIL_WAITS, refusal=BUSY)
        self._gathered = GatheredReads(self._together, together=DETAILS, at_once=2)

    async def list(self, request: Request) -> Response:
        """Return a page of the tickets that the query selects, the newest first."""
        visible = await self._access.visible(request)
        awaited = version_filter(header_values(request.scope["headers"], VERSION), visible)
        return await self._lists.answer(request, visible, awaited)

    async def _page(self, asked: Asked, visible: Visible, snapshot: Snapshot) -> Tagged | LargePage:
        page, selection = asked

        async def find(snapshot: Snapshot) -> tuple[PageHead, Sequence[Document]]:
            found = await self._finder.find_page(selection, visible, page, snapshot)
            return page_head(page, found.total), await self._documents(found, page, snapshot.session)

        return await self._pages.tagged(find, snapshot, "list", page, selection, visible)

    async def rows(self, asked: bytes, visible: Visible, row: Callable[[bytes], Row]) -> Rows:
        """Return the page that the query `asked` selects, each item made into a row; `row` is the same for all calls.

        Long items are in memory in groups, until their rows are made. Raises what `list` raises.
        """
        return await self._shared_rows.read((asked, visible), partial(self._rows, asked, visible, row))

    async def _rows(self, asked: bytes, visible: Visible, row: Callable[[bytes], Row]) -> Rows:
        page, selection = await offloaded(len(asked), partial(_read, asked, local_day(utc_now())))

        async def read(snapshot: Snapshot) -> Rows:
            found = await self._finder.find_page(selection, visible, page, snapshot)
            rows: list[Row] = []
            for group in groups(await self._documents(found, page, snapshot.session), self._items.length):
                items = await self._items.read(group, snapshot.session)
                rows += await offloaded(sum(map(len, items)), partial(_made_into, row, items))
            return Rows(page, found.total, rows)

        return await self._snapshots.read(read)

    async def _documents(self, found: FoundPage, page: Page, session: Session) -> Sequence[Document]:
        if page.first >= found.total:
            return []  # the start may be too high a number for MongoDB
        cursor = self._db.tickets.find(
            found.query.filter, self._items.projection, session=session, max_time_ms=READ_MS, **found.query.hint
        )
        return await cursor.sort(list(NEWEST_FIRST)).skip(found.skip).limit(page.length).to_list(page.length)

    async def detail(self, request: Request) -> Response:
        """Return one ticket with its journal."""
        visible = await self._access.visible(request)
        query: bytes = request.scope["query_string"]
        await offloaded(len(query), partial(Query, query))  # a broken query is refused (contract 84)
        ticket = checked("ticket_uid", uid, request.path_params["ticket_uid"])
        awaited = version_filter(header_values(request.scope["headers"], VERSION), visible)
        asked = AskedDetail(ticket, visible)

        if awaited:
            body = await in_snapshot(self._db, partial(self._alone, asked), awaited)
        else:
            body = await self.read_detail(asked)
        if body is None:
            return error(404, "NotFound", "There is no such ticket.")
        answer = await offloaded(len(body), partial(tagged_json, body))
        return answer.to(named_tags(request.scope))

    async def read_detail(self, asked: AskedDetail) -> bytes | None:
        """Return a detail, or None when there is none to see; raises `FullError` or `PyMongoError`."""
        async with self._details:
            return await self._gathered.read(asked)

    async def _alone(self, asked: AskedDetail, session: Session) -> bytes | None:
        async with self._details:
            return (await read_details(self._db, [asked], session)).get(asked)

    async def _together(self, asked: Sequence[AskedDetail]) -> Mapping[AskedDetail, bytes]:
        return await in_snapshot(self._db, partial(read_details, self._db, asked))


def _made_into(row: Callable[[bytes], Row], items: Sequence[bytes]) -> list[Row]:
    return list(map(row, items))


def _read(asked: bytes, today: date) -> Asked:
    query = Query(asked)
    with Together() as together:
        page = together.read(FIRST_PAGE, read_page, query)
        selection = together.read(ALL_TICKETS, read_selection, query, today)
    return page, selection
