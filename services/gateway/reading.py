"""How the views are read: in one snapshot, within a time limit, and as new as is asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from services.gateway.filters import Filter
from shared.mongo import Database, OperationFailure, Session, snapshot

READ_MS = 2_000
"""Longest a query may run, in milliseconds; MongoDB then ends it with an error."""
SNAPSHOT_UNAVAILABLE = 246
"""MongoDB's code while a collection is too young for a snapshot."""
ATTEMPTS = 20
PAUSE_SECONDS = 0.05

SEEN_WITHIN = 5.0
"""Longest that a read waits for what was written, in seconds."""
LOOK_SECONDS = 0.01
"""How soon it looks again at first; each time it waits half as long again."""

Answer = TypeVar("Answer")


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
