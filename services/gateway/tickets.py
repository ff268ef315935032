"""Tickets, one or a page of them: concatenations of the bytes that the projector has rendered."""

from collections.abc import Hashable, Sequence
from functools import partial
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.days import local_day
from services.gateway.filters import Filter, all_of, read_selection
from services.gateway.freshness import HEADER, awaited
from services.gateway.paging import Page, page_head, read_range
from services.gateway.query import Query, checked
from services.gateway.reading import READ_MS, in_snapshot_with
from services.gateway.selecting import Finder, Found
from services.gateway.sharing import Shared
from shared.clock import utc_now
from shared.contract.scalars import uid
from shared.mongo import ASCENDING, Database, Document, Session
from shared.schema import NEWEST_FIRST
from shared.telemetry import READS_WAITING
from shared.web import error, json_response

OLDEST_FIRST = [("date", ASCENDING), ("version", ASCENDING)]


class Tickets:
    """Answers `listTickets` and `getTicket` of the contract."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access
        self._finder = Finder(db)
        self._shared: Shared[Hashable, Response] = Shared()
        READS_WAITING.labels("list").set_function(self._shared.__len__)

    async def list(self, request: Request) -> Response:
        """GET: a page of the tickets that the query selects, the newest first."""
        visible = await self._access.visible(request)
        asked: bytes = request.scope["query_string"]
        newer = awaited(request.headers.get(HEADER), visible)
        answer = partial(self._listed, asked, visible, newer)
        return await (answer() if newer else self._shared.read((asked, repr(visible)), answer))

    async def _listed(self, asked: bytes, visible: Filter, newer: Filter | None) -> Response:
        query = Query(asked)
        page = read_range(query.one("range"))
        selection = read_selection(query, local_day(utc_now()))

        async def read(session: Session) -> tuple[int, Sequence[bytes]]:
            found = await self._finder.found_from(selection, visible, page.first, session)
            return found.total, await self._items(found, page, session)

        count, items = await in_snapshot_with(self._db, newer, read)
        head = page_head(page, count)
        return json_response(b'{"result":[' + b",".join(items) + b"]}", head.status, head.headers)

    async def _items(self, found: Found, page: Page, session: Session) -> Sequence[bytes]:
        if page.first >= found.total:
            return []  # it may begin at too high a number for MongoDB
        cursor = self._db.tickets.find(
            found.wanted.filter, {"_id": 0, "item": 1}, session=session, max_time_ms=READ_MS, **found.wanted.hint
        )
        page_read = cursor.sort(list(NEWEST_FIRST)).skip(found.skip).limit(page.length)
        return [ticket["item"] for ticket in await page_read.to_list(page.length)]

    async def detail(self, request: Request) -> Response:
        """GET: one ticket with its journal."""
        visible = await self._access.visible(request)
        Query(request.scope["query_string"])  # it has no parameters, but one that can not be read is refused (84)
        ticket = checked("ticket_uid", uid, request.path_params["ticket_uid"])
        newer = awaited(request.headers.get(HEADER), visible)

        async def read(session: Session) -> tuple[Document | None, list[Document]]:
            found = await self._db.tickets.find_one(
                all_of({"_id": ticket}, visible), {"head": 1}, session=session, max_time_ms=READ_MS
            )
            entries = self._db.journal.find(
                {"ticket": ticket, "entry": {"$ne": None}},
                {"day": 1, "entry": 1, "message": 1},
                session=session,
                max_time_ms=READ_MS,
            )
            return found, await entries.sort(OLDEST_FIRST).to_list(None) if found else []

        found, entries = await in_snapshot_with(self._db, newer, read)
        if found is None:
            return error(404, "NotFound", "There is no such ticket.")
        return json_response(with_journal(found["head"], [(line["day"], _entry(line)) for line in entries]))


def _entry(line: Document) -> bytes:
    """Give the entry of a journal document; that of a commentary ends before its message."""
    entry: bytes = line["entry"]
    return b"%s%s}}" % (entry, line["message"]) if "message" in line else entry


def with_journal(head: bytes, entries: Sequence[tuple[str, bytes]]) -> bytes:
    """Add the journal to the JSON object `head`: entries of `(day, JSON)` in ascending order, grouped by day."""
    days = [
        b'{"day":"%s","events":[%s]}' % (day.encode(), b",".join(entry for _, entry in of_day))
        for day, of_day in groupby(entries, key=lambda entry: entry[0])
    ]
    return head[:-1] + b',"journal":[' + b",".join(days) + b"]}"
