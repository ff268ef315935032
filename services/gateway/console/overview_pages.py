"""The pages that look at everything: statistics of the tickets, and the state of the platform."""

from functools import partial
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.console import shown_statistics
from services.gateway.console.answering import html, may_see_platform, user_of
from services.gateway.console.choices import Choices
from services.gateway.console.platform_reads import PlatformReads
from services.gateway.console.shown_list import asked_filters, page_bytes
from services.gateway.console.shown_platform import shown_platform
from services.gateway.parameters.filters import NOT_FOR_STATS, Selection, read_selection
from services.gateway.parameters.query import Query
from services.gateway.views.breakdown import Breakdown, read_breakdown
from services.gateway.views.shared_reads import SharedReads
from services.gateway.views.snapshot import Snapshot, Snapshots
from shared.accounts.scopes import Visible
from shared.clock import utc_now
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.mongo import Database
from shared.process.offloading import offloaded
from shared.read_model.local_days import local_day

COUNTED, COUNTED_WAITING, COUNTED_WAITS = 1, 20, 5.0
"""Selections that are counted at the same time, requests that may wait for their turn, and for how many seconds.

A count reads every selected ticket, so it is the most expensive read of the gateway.
"""
HEAD_BYTES: Final = 100
"""Bytes of what is measured of a ticket, to decide whether the work on all of them is left to a thread."""
BUSY: Final = "Too many statistics are being counted; ask again."


class OverviewPages:
    """Answers with statistics and with the state of the platform."""

    def __init__(self, db: Database, access: Access, choices: Choices) -> None:
        self._db = db
        self._access = access
        self._snapshots = Snapshots(db)
        self._counted = ConcurrencyLimit(COUNTED, waiting=COUNTED_WAITING, seconds=COUNTED_WAITS, refusal=BUSY)
        self._shared: SharedReads[tuple[Selection, Visible], Breakdown] = SharedReads()
        self._choices = choices
        self._platform = PlatformReads(db)

    async def statistics(self, request: Request) -> Response:
        """Return the statistics of the tickets that the address bar selects, of the last days without a range."""
        user = await user_of(self._access, request)
        visible, directory, today = self._access.visible_to(user), self._access.directory, local_day(utc_now())
        sent: bytes = request.scope["query_string"]
        query = await offloaded(len(sent), partial(Query, sent, ignored=NOT_FOR_STATS))
        selection, first, last = shown_statistics.with_range(read_selection(query, today, fulltext_alone=False), today)
        counted = await self._shared.read((selection, visible), partial(self._count, selection, visible))
        filters = asked_filters(query)
        size = len(counted.heads) * HEAD_BYTES
        shown = await offloaded(size, partial(shown_statistics.shown, counted, first, last, directory))
        agencies = await self._choices.agencies(directory, visible)
        return await html(
            request,
            "statistics.html",
            size=page_bytes(shown_statistics.rows_of(shown), len(agencies)),
            first=first,
            last=last,
            today=today,
            filters=filters,
            agencies=agencies,
            shown=shown,
            tickets_of=partial(shown_statistics.tickets_of, selection, filters),
            ranges=shown_statistics.ranges(today, first, last, filters),
        )

    async def _count(self, selection: Selection, visible: Visible) -> Breakdown:
        async def read(snapshot: Snapshot) -> Breakdown:
            return await read_breakdown(self._db, selection, visible, snapshot)

        async with self._counted:
            return await self._snapshots.read(read)

    async def platform(self, request: Request) -> Response:
        """Return the state of the platform, to those who may see it."""
        return await self._show_platform(request, "platform.html")

    async def platform_now(self, request: Request) -> Response:
        """Return only the changing part of that page."""
        return await self._show_platform(request, "platform_now.html")

    async def _show_platform(self, request: Request, template: str) -> Response:
        user = await user_of(self._access, request)
        if not may_see_platform(user):
            raise HTTPException(403)
        return await html(request, template, **shown_platform(await self._platform.read()))
