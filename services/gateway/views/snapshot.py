"""How the views are read: in one snapshot, within a time limit, and with the version that a request names."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from services.gateway.parameters.filters import Filter
from shared.mongo import Database, OperationFailure, Session, snapshot

READ_MS = 2_000
"""Longest time that a query may run, in milliseconds; MongoDB then ends it with an error."""
SNAPSHOT_UNAVAILABLE = 246
"""MongoDB's error code SnapshotUnavailable: a collection is too young for a snapshot."""
ATTEMPTS = 20
PAUSE_SECONDS = 0.05

SEEN_WITHIN = 5.0
"""Longest time that a read waits for a written version, in seconds."""
LOOK_SECONDS = 0.01
"""First pause before the next look, in seconds. Each pause is 1.5 times as long as the one before."""

Answer = TypeVar("Answer")


class NotSeenYetError(Exception):
    """The views did not reach the requested version in time."""


async def in_snapshot(
    db: Database, read: Callable[[Session], Awaitable[Answer]], awaited: Filter | None = None
) -> Answer:
    """Return the result of `read`, whose queries all see the same snapshot.

    With `awaited`, a filter on `tickets`, wait for a snapshot in which it finds a ticket. Raises `NotSeenYetError`
    when none does within `SEEN_WITHIN`, or `PyMongoError`.
    """
    attempt, deadline, pause = 1, monotonic() + SEEN_WITHIN, LOOK_SECONDS
    while True:
        try:
            async with snapshot(db.client) as session:
                if awaited is None or await _finds(db, awaited, session):
                    return await read(session)
        except OperationFailure as failure:
            if failure.code != SNAPSHOT_UNAVAILABLE or attempt == ATTEMPTS:
                raise
            attempt += 1
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            if monotonic() + pause > deadline:
                raise NotSeenYetError
            await asyncio.sleep(pause)
            pause *= 1.5
            attempt = 1


async def _finds(db: Database, awaited: Filter, session: Session) -> bool:
    return await db.tickets.find_one(awaited, {"_id": 1}, session=session, max_time_ms=READ_MS) is not None
