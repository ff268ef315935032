"""The export: a stream of the selected tickets with their commentaries, put together from bytes rendered beforehand.

A group of tickets at a time is in memory, whatever is selected and however slowly the client reads.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from starlette.requests import Request

from services.gateway.access import Access
from services.gateway.days import local_day
from services.gateway.filters import read_selection
from services.gateway.paging import LARGEST_EXPORT, Page, PageHead, page_head, read_range
from services.gateway.query import Query
from services.gateway.reading import in_snapshot
from services.gateway.selecting import Finder, Found
from services.gateway.tickets import OLDEST_FIRST
from shared.clock import utc_now
from shared.mongo import ASCENDING, Database, Document, Session
from shared.schema import NEWEST_FIRST
from shared.telemetry import logger

FIRST_GROUP, LARGEST_GROUP = 100, 1_000
"""Tickets put together and sent at once: more and more, as long as they are small; a reply has 16 MiB at most."""
GROUP_BYTES = 2 * 1024 * 1024
COMMENTARIES = 4 * 1024 * 1024
"""Bytes of commentaries read at once; one ticket alone has hardly more (contract README, 86)."""
EXPORT_MS = 60_000
"""Longest that MongoDB may work on one export, in milliseconds."""
TAKEN_WITHIN = 30.0
"""Seconds within which the client must take a group, or the export ends."""
WHOLE_WITHIN = 240.0
"""Seconds after which it ends anyway: MongoDB keeps a moment readable for 300."""

log = logger(__name__)


class Export:
    """Answers `exportTickets` of the contract, as an ASGI application."""

    def __init__(self, db: Database, access: Access) -> None:
        self._db = db
        self._access = access
        self._finder = Finder(db)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """GET: the tickets that the query selects, the newest first, all of one moment of the views."""
        request = Request(scope, receive)
        visible = await self._access.visible(request)
        query = Query(scope["query_string"])
        page = read_range(query.one("range"), LARGEST_EXPORT)
        selection = read_selection(query, local_day(utc_now()), fulltext_alone=False)

        async def answer(session: Session) -> None:
            found = await self._finder.found_from(selection, visible, page.first, session)
            await self._answer(request, send, found, page, session)

        await in_snapshot(self._db, answer)

    async def _answer(self, request: Request, send: Any, found: Found, page: Page, session: Session) -> None:
        async with aclosing(self._parts(found, page, session)) as parts:
            opening = await anext(parts, b"")  # what fails so far is still answered with an error
            await send(_start(page_head(page, found.total)))
            if request.method == "HEAD":
                await send({"type": "http.response.body"})
                return
            try:
                async with asyncio.timeout(WHOLE_WITHIN):
                    await _sent(send, b'{"result":[' + opening)
                    async for part in parts:
                        if await request.is_disconnected():
                            return
                        await _sent(send, part)
            except TimeoutError:
                log.warning("export_abandoned", part_within=TAKEN_WITHIN, whole_within=WHOLE_WITHIN)
                return
            await send({"type": "http.response.body", "body": b"]}"})

    async def _parts(self, found: Found, page: Page, session: Session) -> AsyncGenerator[bytes, None]:
        """Yield the JSON of the tickets on `page`, an empty part if there are none."""
        if page.first >= found.total:
            yield b""  # it may begin at too high a number for MongoDB
            return
        comma = b""
        async for group in self._groups(found, page.length, session):
            for tickets in portions(group):
                commentaries = await self._commentaries(tickets, session)
                joined = b",".join(exported(ticket["export"], commentaries[ticket["_id"]]) for ticket in tickets)
                yield comma + joined
                comma = b","

    async def _groups(self, found: Found, length: int, session: Session) -> AsyncGenerator[list[Document], None]:
        shown, size = {"export": 1, "commented": 1}, FIRST_GROUP
        cursor = self._db.tickets.find(
            found.wanted.filter,
            shown,
            session=session,
            max_time_ms=EXPORT_MS,
            batch_size=LARGEST_GROUP,
            **found.wanted.hint,
        )
        try:
            cursor.sort(list(NEWEST_FIRST)).skip(found.skip).limit(length)
            while group := await cursor.to_list(size):
                yield group
                size = next_size(size, sum(len(ticket["export"]) for ticket in group))
        finally:
            await cursor.close()

    async def _commentaries(self, tickets: Sequence[Document], session: Session) -> Mapping[str, list[bytes]]:
        found: defaultdict[str, list[bytes]] = defaultdict(list)
        if commented := [ticket["_id"] for ticket in tickets if ticket["commented"]]:
            cursor = self._db.journal.find(
                {"ticket": {"$in": commented}, "commentary": {"$exists": True}},
                {"ticket": 1, "commentary": 1, "message": 1},
                session=session,
                max_time_ms=EXPORT_MS,
            ).hint("commentary")
            for line in await cursor.sort([("ticket", ASCENDING), *OLDEST_FIRST]).to_list(None):
                found[line["ticket"]].append(line["commentary"] + line["message"] + b"}")
        return found


def next_size(tickets: int, size: int) -> int:
    """Tell how many tickets to read after a group of so many with so many bytes: about `GROUP_BYTES`."""
    return max(1, min(2 * tickets, LARGEST_GROUP, tickets * GROUP_BYTES // max(size, 1)))


def portions(tickets: Iterable[Document]) -> Iterator[list[Document]]:
    """Part tickets, in their order, so that the commentaries of several take no more than `COMMENTARIES` together."""
    portion: list[Document] = []
    size = 0
    for ticket in tickets:
        if portion and size + ticket["commented"] > COMMENTARIES:
            yield portion
            portion, size = [], 0
        portion.append(ticket)
        size += ticket["commented"]
    if portion:
        yield portion


def exported(ticket: bytes, commentaries: Sequence[bytes]) -> bytes:
    """Add the commentaries, in ascending order, to the JSON object of an exported ticket."""
    return ticket[:-1] + b',"freeCommentaries":[' + b",".join(commentaries) + b"]}"


def _start(head: PageHead) -> dict[str, Any]:
    headers = {"content-type": "application/json", **head.headers}
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": head.status, "headers": encoded}


async def _sent(send: Any, part: bytes) -> None:
    async with asyncio.timeout(TAKEN_WITHIN):
        await send({"type": "http.response.body", "body": part, "more_body": True})
