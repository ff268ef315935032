"""How the views are read: in one snapshot, within a time limit, and with the version that a request names."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import NamedTuple, TypeVar

from services.gateway.parameters.filters import Filter
from services.gateway.views.shared_reads import SharedReads
from shared.mongo import Database, OperationFailure, Session, Timestamp, snapshot, snapshot_time
from shared.storage.checkpoints import Progress, read_progress

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


class Snapshot(NamedTuple):
    """A snapshot of the database: the session whose reads see it, and how far the views are in it."""

    session: Session
    progress: Progress

    @property
    def applied(self) -> Hashable:
        """Return what is applied. Snapshots with equal values show the same views."""
        return self.progress.applied

    def beside(self) -> AbstractAsyncContextManager[Session]:
        """Return a second session that sees this snapshot, for reads at the same time."""
        return snapshot(self.session.client, snapshot_time(self.session))


class _Moment(NamedTuple):
    time: Timestamp
    progress: Progress


class Snapshots:
    """Opens snapshots of a database. Requests that arrive at the same time share the newest one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._moments: SharedReads[None, _Moment] = SharedReads()

    async def read(self, read: Callable[[Snapshot], Awaitable[Answer]], awaited: Filter | None = None) -> Answer:
        """Return the result of `read`, whose queries all see the same snapshot. It begins after this call.

        For `awaited` see `in_snapshot`. Raises `NotSeenYetError` or `PyMongoError`.
        """

        async def read_newest(session: Session) -> Answer:
            return await read(Snapshot(session, await read_progress(self._db, session, timeout_ms=READ_MS)))

        async def read_shared() -> Answer:
            moment = await self._moment()
            async with snapshot(self._db.client, moment.time) as session:
                return await read(Snapshot(session, moment.progress))

        return await (in_snapshot(self._db, read_newest, awaited) if awaited else _once_available(read_shared))

    async def progress(self) -> Progress:
        """Return how far the views are now; raises `PyMongoError`."""
        return (await _once_available(self._moment)).progress

    async def _moment(self) -> _Moment:
        return await self._moments.read(None, self._newest)

    async def _newest(self) -> _Moment:
        async with snapshot(self._db.client) as session:
            progress = await read_progress(self._db, session, timeout_ms=READ_MS)
            return _Moment(snapshot_time(session), progress)


async def in_snapshot(
    db: Database, read: Callable[[Session], Awaitable[Answer]], awaited: Filter | None = None
) -> Answer:
    """Return the result of `read`, whose queries all see the same snapshot, the newest one.

    With `awaited`, a filter on `tickets`, wait for a snapshot in which it finds a ticket. Raises `NotSeenYetError`
    when none does within `SEEN_WITHIN`, or `PyMongoError`.
    """

    async def attempt() -> tuple[Answer] | None:
        async with snapshot(db.client) as session:
            return (await read(session),) if awaited is None or await _finds(db, awaited, session) else None

    deadline, pause = monotonic() + SEEN_WITHIN, LOOK_SECONDS
    while (answer := await _once_available(attempt)) is None:
        if monotonic() + pause > deadline:
            raise NotSeenYetError
        await asyncio.sleep(pause)
        pause *= 1.5
    return answer[0]


async def _once_available(read: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return the result of `read`. Try again, up to `ATTEMPTS` times in all, while no snapshot is available."""
    attempt = 1
    while True:
        try:
            return await read()
        except OperationFailure as failure:
            if failure.code != SNAPSHOT_UNAVAILABLE or attempt == ATTEMPTS:
                raise
        attempt += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def _finds(db: Database, awaited: Filter, session: Session) -> bool:
    return await db.tickets.find_one(awaited, {"_id": 1}, session=session, max_time_ms=READ_MS) is not None
