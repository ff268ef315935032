"""The event feed: a poller that continues from its last `to` misses nothing (contract README, 20 and 79)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.filters import Filter, all_of
from services.gateway.paging import page_head, read_range
from services.gateway.query import BadParameterError, Query, checked
from services.gateway.reading import READ_MS, in_snapshot, read_page
from shared.clock import instant, utc_now
from shared.contract.scalars import in_utc
from shared.mongo import ASCENDING, Database, Session
from shared.topics import PARTITIONS
from shared.web import json_response, unavailable

CLOSED_WITHIN = 3.0
"""Seconds that a request waits until no more events can come into its window."""
LOOK_EVERY = 0.05
AS_SENT = (("sent", ASCENDING), ("ticket", ASCENDING), ("version", ASCENDING))


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, both ends in."""

    first: datetime
    last: datetime

    def holds(self) -> Filter:
        """Give the filter on `journal`: what was sent in the window, or came late and was dated into it."""
        span = {"$gte": self.first, "$lte": self.last}
        return {"$or": [{"sent": span}, {"late": span}]}


def read_window(query: Query, now: datetime) -> Window:
    """Read `from` and `to`; one in the future ends at `now`, when the request came in. Raises `BadParameterError`."""
    first, last = _instant(query, "from"), _instant(query, "to")
    if last < first:
        raise BadParameterError("Parameter to must not be before from.")
    return Window(first, min(last, now))


class Feed:
    """Answers `listTicketEvents` of the contract."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access

    async def list(self, request: Request) -> Response:
        """GET: a page of the events of a window, once the window is closed."""
        arrival = utc_now()
        visible = await self._access.visible(request)
        query = Query(request.scope["query_string"])
        page, window = read_range(query.one("range")), read_window(query, arrival)
        wanted = all_of(window.holds(), visible)

        async def read(session: Session) -> tuple[int, list[bytes]] | None:
            closed = await self._db.checkpoints.count_documents(
                {"feedUntil": {"$gte": window.last}}, session=session, maxTimeMS=READ_MS
            )
            if closed < PARTITIONS:
                return None
            return await read_page(self._db.journal, wanted, page, field="event", order=AS_SENT, session=session)

        clock = asyncio.get_running_loop()
        deadline = clock.time() + CLOSED_WITHIN
        while (answer := await in_snapshot(self._db, read)) is None:
            if clock.time() > deadline:
                return unavailable("Events of this window may still be on their way to the views; ask again.")
            await asyncio.sleep(LOOK_EVERY)
        count, events = answer
        head = page_head(page, count)
        return json_response(b'{"events":[' + b",".join(events) + b"]}", head.status, head.headers)


def _instant(query: Query, name: str) -> datetime:
    value = query.one(name)
    if value is None:
        raise BadParameterError(f"Parameter {name} is missing; it is a date and time, as 2016-08-25T16:51:23.000Z.")
    return instant(checked(name, in_utc, value))
