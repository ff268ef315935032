"""The event feed: a poller that continues from `Feed-Until` misses no event (decision 0018)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.answers.pages import Pages
from services.gateway.answers.waiting import Waiting
from services.gateway.parameters.filters import all_of
from services.gateway.parameters.paging import FIRST_PAGE, Page, PageHead, page_head, read_range
from services.gateway.parameters.query import Query, Together
from services.gateway.views.feed_windows import Window, WindowPart, read_window
from services.gateway.views.shared_reads import SharedReads
from services.gateway.views.snapshot import READ_MS, Snapshot, Snapshots
from services.gateway.views.stored_bytes import RenderedField
from shared.accounts.scopes import Visible, visible_filter
from shared.clock import utc_now, wire
from shared.mongo import Database, Document, Session
from shared.process.offloading import offloaded
from shared.read_model.openings import FEED_OPENING
from shared.storage.schema import AS_SENT
from shared.telemetry import READS_WAITING

UNTIL = "Feed-Until"
"""Header with the end of the answered window. The next window begins there."""
CLOSED_WITHIN = 3.0
"""Longest time in seconds that a request waits, after the end of its window, for the window to be closed.

No event can come into a closed window except late ones.
"""
LOOK_EVERY = 0.05


Documents = list[Document]


class WindowOpenError(Exception):
    """Events may still come into the window. The text is a sentence for the client."""


class Feed:
    """Answers `listTicketEvents` of the contract."""

    def __init__(self, db: Database, access: Access, waiting: Waiting) -> None:
        self._db = db
        self._access = access
        self._waiting = waiting
        self._events = RenderedField(db.journal, "event", READ_MS)
        self._snapshots = Snapshots(db)
        self._pages = Pages(self._snapshots, self._events, FEED_OPENING)
        self._shared: SharedReads[tuple[Window, Page, Visible], Response] = SharedReads()
        READS_WAITING.labels("feed").set_function(waiting.__len__)

    async def list(self, request: Request) -> Response:
        """Return a page of the events of a window, once the window is over and closed.

        Raises `WindowOpenError` when it is not closed in time. The answer itself raises it when the window is open
        again at the time of sending.
        """
        arrival, began = utc_now(), monotonic()
        user = await self._access.user(request)
        query = await offloaded(len(request.scope["query_string"]), partial(Query, request.scope["query_string"]))
        with Together() as together:
            page = together.read(FIRST_PAGE, lambda: read_range(query.one("range")))
            window = together.read(Window(arrival, arrival), read_window, query, arrival)
        page = replace(page, others=window.query)
        over = max(began, began + (window.last - arrival).total_seconds())
        if over <= began:
            with suppress(WindowOpenError):
                return await self._answer(request, window, page)
        with self._waiting.place(user.uid):
            await self._wait_until_closed(request, window.last, over)
        return await self._answer(request, window, page)

    async def _wait_until_closed(self, request: Request, last: datetime, over: float) -> None:
        """Wait until windows up to `last` are closed, at most `CLOSED_WITHIN` seconds after `over`."""
        await self._waiting.sleep(over - monotonic(), request)
        while monotonic() < over + CLOSED_WITHIN and (await self._snapshots.progress()).closed_until < last:
            await self._waiting.sleep(LOOK_EVERY, request)

    async def _answer(self, request: Request, window: Window, page: Page) -> Response:
        """Return a page of `window` with what the user may see now. Raises `WindowOpenError`."""
        visible = await self._access.visible(request)
        parts = [part._replace(filter=all_of(part.filter, visible_filter(visible))) for part in window.parts()]

        async def find(snapshot: Snapshot) -> tuple[PageHead, Sequence[Document]]:
            if snapshot.progress.closed_until < window.last:
                raise WindowOpenError("Events of this window may still be on their way to the views; ask again.")
            count, events = await _read(self._events, parts, page, snapshot.session)
            head = page_head(page, count)
            return PageHead(head.status, {**head.headers, UNTIL: wire(window.last)}), events

        read = partial(self._snapshots.read, partial(self._pages.answer, find))
        return await self._shared.read((window, page, visible), read)


async def _read(
    texts: RenderedField, parts: Sequence[WindowPart], page: Page, session: Session
) -> tuple[int, Sequence[Document]]:
    """Return the number of events in `parts`, and those on `page`. The second part follows the first."""
    total, events = 0, Documents()
    for part in parts:
        first, length = max(page.first - total, 0), page.length - len(events)
        count, found = await _read_part(texts, part, first, length, session)
        total, events = total + count, events + found
    return total, events


async def _read_part(
    texts: RenderedField, part: WindowPart, first: int, length: int, session: Session
) -> tuple[int, Documents]:
    """Return the number of events in `part`, and up to `length` of them from number `first` on."""
    journal = texts.collection

    async def count() -> int:
        return await journal.count_documents(part.filter, session=session, hint=part.index_name, maxTimeMS=READ_MS)

    async def read() -> Documents:
        found = journal.find(part.filter, texts.projection, session=session, max_time_ms=READ_MS)
        return await found.hint(part.index_name).sort(list(AS_SENT)).skip(first).limit(length).to_list(length)

    if length and not first:
        events = await read()
        return (len(events) if len(events) < length else await count()), events  # a part that ends here is counted
    total = await count()
    return total, (await read() if length and first < total else [])
