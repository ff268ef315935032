"""The list and the detail of tickets, joined from bytes that the projector rendered."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.answers.pages import Pages
from services.gateway.parameters.filters import Filter, Selection, read_selection
from services.gateway.parameters.freshness import HEADER, version_filter
from services.gateway.parameters.paging import Page, PageHead, page_head, read_range
from services.gateway.parameters.query import Query, checked
from services.gateway.views.details import AskedDetail, read_details
from services.gateway.views.finder import Finder, FoundPage
from services.gateway.views.gathered_reads import GatheredReads
from services.gateway.views.shared_reads import SharedReads
from services.gateway.views.snapshot import READ_MS, Snapshot, Snapshots, in_snapshot
from services.gateway.views.stored_bytes import RenderedField, groups
from shared.accounts.scopes import Visible
from shared.clock import utc_now
from shared.contract.scalars import uid
from shared.http.answers import error, json_response
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.mongo import Database, Document, Session
from shared.process.offloading import offloaded
from shared.read_model.local_days import local_day
from shared.read_model.openings import LIST_OPENING
from shared.storage.schema import NEWEST_FIRST
from shared.telemetry import READS_WAITING

DETAILS, DETAILS_WAITING, DETAIL_WAITS = 8, 200, 5.0
"""Details that are read at the same time, requests that may wait for their turn, and for how many seconds.

A detail may have 4 MiB of texts. Each request holds one of the 1,000 connections of the gateway's port. Together with
the commands in `endpoints.commands` they take 808 connections at most.
"""
BUSY = "Too many details are being read; ask again."


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
        self._shared: SharedReads[tuple[bytes, Visible], Response] = SharedReads()
        self._shared_rows: SharedReads[tuple[bytes, Visible], Rows] = SharedReads()
        self._items = RenderedField(db.tickets, "item", READ_MS)
        self._snapshots = Snapshots(db)
        self._pages = Pages(self._snapshots, self._items, LIST_OPENING)
        self._details = ConcurrencyLimit(DETAILS, waiting=DETAILS_WAITING, seconds=DETAIL_WAITS, refusal=BUSY)
        self._gathered = GatheredReads(self._together, together=DETAILS, at_once=2)
        READS_WAITING.labels("list").set_function(self._shared.__len__)

    async def list(self, request: Request) -> Response:
        """Return a page of the tickets that the query selects, the newest first."""
        visible = await self._access.visible(request)
        asked: bytes = request.scope["query_string"]
        awaited = version_filter(request.headers.get(HEADER), visible)
        answer = partial(self._page, asked, visible, awaited)
        return await (answer() if awaited else self._shared.read((asked, visible), answer))

    async def _page(self, asked: bytes, visible: Visible, awaited: Filter | None) -> Response:
        page, selection = await offloaded(len(asked), partial(_read, asked))

        async def find(snapshot: Snapshot) -> tuple[PageHead, Sequence[Document]]:
            found = await self._finder.find_page(selection, visible, page, snapshot)
            return page_head(page, found.total), await self._documents(found, page, snapshot.session)

        return await self._snapshots.read(partial(self._pages.answer, find), awaited)

    async def rows(self, asked: bytes, visible: Visible, row: Callable[[bytes], Row]) -> Rows:
        """Return the page that the query `asked` selects, each item made into a row; `row` is the same for all calls.

        Long items are in memory in groups, until their rows are made. Raises what `list` raises.
        """
        return await self._shared_rows.read((asked, visible), partial(self._rows, asked, visible, row))

    async def _rows(self, asked: bytes, visible: Visible, row: Callable[[bytes], Row]) -> Rows:
        page, selection = await offloaded(len(asked), partial(_read, asked))

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
        awaited = version_filter(request.headers.get(HEADER), visible)
        asked = AskedDetail(ticket, visible)

        if awaited:
            body = await in_snapshot(self._db, partial(self._alone, asked), awaited)
        else:
            body = await self.read_detail(asked)
        return json_response(body) if body else error(404, "NotFound", "There is no such ticket.")

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


def _read(asked: bytes) -> tuple[Page, Selection]:
    query = Query(asked)
    return read_range(query.one("range")), read_selection(query, local_day(utc_now()))
