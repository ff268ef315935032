"""Waits until every running service uses a change of the directory or of the users."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from shared.explained_error import ExplainedError
from shared.mongo import Database, Document, connected, database
from shared.process.heartbeats import living
from shared.process.settings import EngineSettings
from shared.storage.publication import read_publication

IN_FORCE_WITHIN = 30.0
"""Seconds in which every running service must use a change."""


class NotInForceError(ExplainedError):
    """The change is stored, but a running service did not apply it in time. The text names the service."""


async def in_force(db: Database, reached: Callable[[Document], bool]) -> None:
    """Return once `reached` is true for the heartbeat of every running service; raises `NotInForceError`."""
    deadline = monotonic() + IN_FORCE_WITHIN
    while behind := [beat["_id"] for beat in await living(db) if not reached(beat)]:
        if monotonic() > deadline:
            raise NotInForceError(
                f"The change is stored, but {', '.join(behind)} did not take it over within {IN_FORCE_WITHIN:.0f} "
                "seconds; see `ticketstream status`."
            )
        await asyncio.sleep(0.1)


@asynccontextmanager
async def initialised(engines: EngineSettings) -> AsyncIterator[Database]:
    """Connect to the database; raises `NotInitialisedError` when it is not set up, because no service would use it."""
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        await read_publication(db)
        yield db
