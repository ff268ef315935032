"""The event feed: a poller that continues from its last `to` misses nothing (contract README, 20 and 79).

What came late and was dated into a window was sent before it began, so that in the order of `sentDate` it stands before
all else there. Each of these two parts is a walk along an index of its own, and so is a page deep in one: nothing but
what came late is ever sorted. The first part no longer changes once the window is closed; an event that still comes
into the second moves what is behind it by one place, and a reader who is between two pages then sees one event twice.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access
from services.gateway.filters import Filter, all_of
from services.gateway.paging import Page, page_head, read_range
from services.gateway.query import BadParameterError, Query, checked
from services.gateway.reading import READ_MS, in_snapshot
from shared.clock import instant, utc_now
from shared.contract.scalars import in_utc
from shared.mongo import ASCENDING, Collection, Database, Session
from shared.topics import PARTITIONS
from shared.web import json_response, unavailable

CLOSED_WITHIN = 3.0
"""Seconds that a request waits until no more events can come into its window."""
LOOK_EVERY = 0.05
AS_SENT = (("sent", ASCENDING), ("ticket", ASCENDING), ("version", ASCENDING))


class Part(NamedTuple):
    """Events of a window: the filter on `journal` that finds them, and the index that costs no more than they are."""

    holds: Filter
    hint: str


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, both ends in."""

    first: datetime
    last: datetime

    def parts(self) -> tuple[Part, Part]:
        """Give what came late and was dated into the window, sent before it, and what was sent in the window."""
        span = {"$gte": self.first, "$lte": self.last}
        return Part({"late": span, "sent": {"$lt": self.first}}, "dated"), Part({"sent": span}, "sent")


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
        parts = [part._replace(holds=all_of(part.holds, visible)) for part in window.parts()]

        async def read(session: Session) -> tuple[int, list[bytes]] | None:
            closed = await self._db.checkpoints.count_documents(
                {"feedUntil": {"$gte": window.last}}, session=session, maxTimeMS=READ_MS
            )
            if closed < PARTITIONS:
                return None
            return await _read(self._db.journal, parts, page, session)

        clock = asyncio.get_running_loop()
        deadline = clock.time() + CLOSED_WITHIN
        while (answer := await in_snapshot(self._db, read)) is None:
            if clock.time() > deadline:
                return unavailable("Events of this window may still be on their way to the views; ask again.")
            await asyncio.sleep(LOOK_EVERY)
        count, events = answer
        head = page_head(page, count)
        return json_response(b'{"events":[' + b",".join(events) + b"]}", head.status, head.headers)


async def _read(journal: Collection, parts: Sequence[Part], page: Page, session: Session) -> tuple[int, list[bytes]]:
    """Count the events of `parts` and give those on `page`, the second part behind the first."""
    total = 0
    events: list[bytes] = []
    for part in parts:
        count = await journal.count_documents(part.holds, session=session, hint=part.hint, maxTimeMS=READ_MS)
        first, length = max(page.first - total, 0), page.length - len(events)
        if length and first < count:
            found = journal.find(part.holds, {"_id": 0, "event": 1}, session=session, max_time_ms=READ_MS)
            cursor = found.hint(part.hint).sort(list(AS_SENT)).skip(first).limit(length)
            events += [document["event"] for document in await cursor.to_list(length)]
        total += count
    return total, events


def _instant(query: Query, name: str) -> datetime:
    value = query.one(name)
    if value is None:
        raise BadParameterError(f"Parameter {name} is missing; it is a date and time, as 2016-08-25T16:51:23.000Z.")
    return instant(checked(name, in_utc, value))
