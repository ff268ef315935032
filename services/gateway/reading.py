"""How the views are read: in one snapshot, within a time limit, and as new as is asked for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TypeVar

from services.gateway.filters import Filter, Selection, all_of, mongo_filter
from services.gateway.fulltext import Term, found_with, holding
from services.gateway.paging import Page
from shared.mongo import Collection, Database, OperationFailure, Session, aggregate, snapshot

READ_MS = 2_000
"""Longest a query may run, in milliseconds; MongoDB then ends it with an error."""
SNAPSHOT_UNAVAILABLE = 246
"""MongoDB's code while a collection is too young for a snapshot."""
ATTEMPTS = 20
PAUSE_SECONDS = 0.05

SEEN_WITHIN = 5.0
"""Longest that a read waits for what was written, in seconds."""
COMMENTED_AT_MOST = 50_000
"""Tickets that may hold a term of full text in a commentary: their uids go back to MongoDB."""
LOOK_SECONDS = 0.01
"""How soon it looks again at first; each time it waits half as long again."""

Answer = TypeVar("Answer")


class TooManyFoundError(Exception):
    """A term of full text stands in the commentaries of more tickets than one answer may be made from."""


class NotSeenYetError(Exception):
    """The views did not become as new as was asked for in time."""


async def in_snapshot_with(
    db: Database, awaited: Filter | None, read: Callable[[Session], Awaitable[Answer]]
) -> Answer:
    """Give the result of `read` in a snapshot in which `awaited`, if any, finds a ticket.

    Raises `NotSeenYetError` when none does within `SEEN_WITHIN`, or `PyMongoError`.
    """
    if awaited is None:
        return await in_snapshot(db, read)

    async def read_if_there(session: Session) -> tuple[Answer] | None:
        there = await db.tickets.find_one(awaited, {"_id": 1}, session=session, max_time_ms=READ_MS)
        return (await read(session),) if there else None

    deadline, pause = monotonic() + SEEN_WITHIN, LOOK_SECONDS
    while (found := await in_snapshot(db, read_if_there)) is None:
        if monotonic() + pause > deadline:
            raise NotSeenYetError
        await asyncio.sleep(pause)
        pause *= 1.5
    return found[0]


async def in_snapshot(db: Database, read: Callable[[Session], Awaitable[Answer]]) -> Answer:
    """Give the result of `read`, whose queries all see the same moment; raises `PyMongoError`."""
    attempt = 1
    while True:
        try:
            async with snapshot(db.client) as session:
                return await read(session)
        except OperationFailure as failure:
            if failure.code != SNAPSHOT_UNAVAILABLE or attempt == ATTEMPTS:
                raise
        attempt += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def selected(db: Database, selection: Selection, visible: Filter, session: Session) -> Filter:
    """Give the filter on `tickets` that finds what is selected and `visible`, full text included.

    Raises `TooManyFoundError` or `PyMongoError`.
    """
    terms = [found_with(term, await _commented(db, term, visible, session)) for term in selection.terms]
    return all_of(mongo_filter(selection), visible, *terms)


async def _commented(db: Database, term: Term, visible: Filter, session: Session) -> list[str]:
    """List the tickets that hold `term` in a commentary."""
    found = await aggregate(
        db.journal,
        [
            {"$match": all_of(holding(term), visible)},
            {"$group": {"_id": "$ticket"}},
            {"$limit": COMMENTED_AT_MOST + 1},
        ],
        session=session,
        maxTimeMS=READ_MS,
    )
    if len(found) > COMMENTED_AT_MOST:
        raise TooManyFoundError
    return [ticket["_id"] for ticket in found]


async def read_page(
    collection: Collection,
    wanted: Filter,
    page: Page,
    *,
    field: str,
    order: Sequence[tuple[str, int]],
    session: Session,
) -> tuple[int, list[bytes]]:
    """Count what `wanted` finds and give `field` of those on `page`, in `order`."""
    count = await collection.count_documents(wanted, session=session, maxTimeMS=READ_MS)
    if page.first >= count:
        return count, []
    cursor = collection.find(wanted, {"_id": 0, field: 1}, session=session, max_time_ms=READ_MS)
    found = await cursor.sort(list(order)).skip(page.first).limit(page.length).to_list(page.length)
    return count, [document[field] for document in found]
