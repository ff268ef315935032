"""Heartbeats: each running service writes its state to a small document.

The gateway's page `/platform` and the command line (`status`, imports, `republish`, `up`) read them.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from shared.mongo import Database, Document, PyMongoError, aggregate
from shared.process.release import release
from shared.process.settings import ServiceSettings
from shared.storage.checkpoints import StoppedPartition
from shared.telemetry import logger
from shared.telemetry.failures import describe

log = logger(__name__)

BEAT_SECONDS = 1.0
"""Seconds between two heartbeats of a service."""
SILENT_SECONDS = 5
"""A service without a heartbeat for this long counts as dead, unless the next read finds a new heartbeat."""
AHEAD_SECONDS = 1
"""A date further in the future was written before MongoDB's clock was set back. Such a date proves nothing."""
LISTENED_SECONDS = 1.5 * BEAT_SECONDS
"""Seconds to wait for a new heartbeat when the date of the last one does not prove that the service lives."""

Service = Literal["command", "projector", "gateway"]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The state of a service: for instance, the directory offset and the version of the users that it has reached."""

    directoryOffset: int  # noqa: N815 - the document's own name
    usersVersion: int | None = None  # noqa: N815 - the document's own name
    url: str | None = None
    stopped: list[StoppedPartition] = field(default_factory=list)
    relayFailure: str | None = None  # noqa: N815 - the document's own name
    """Why the command service that holds the relay's lease cannot publish, in one sentence."""


async def beat(
    db: Database, service: Service, settings: ServiceSettings, report: Callable[[], Awaitable[Heartbeat]]
) -> None:
    """Write this process's heartbeat until cancelled, then delete it."""
    identity = {"service": service, "pid": os.getpid(), "restarts": settings.restarts, "version": release()}
    try:
        while True:
            try:
                facts = asdict(await report())
                await db.heartbeats.update_one(
                    {"_id": settings.name}, {"$set": identity | facts, "$currentDate": {"at": True}}, upsert=True
                )
            except PyMongoError as away:
                log.warning("heartbeat_missed", reason=describe(away))
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        await asyncio.shield(db.heartbeats.delete_one({"_id": settings.name, "pid": os.getpid()}))


async def living(db: Database) -> list[dict[str, Any]]:
    """Return the heartbeats of the services that live.

    A service lives if its date is within the last `SILENT_SECONDS` of MongoDB's clock. Other dates may be wrong because
    a clock was set. Then this waits `LISTENED_SECONDS`: a service whose heartbeat changes meanwhile lives too.
    """
    first = await _heartbeats(db)
    if all(beat["isRecent"] for beat in first):
        return first
    before = {beat["_id"]: beat["at"] for beat in first}
    await asyncio.sleep(LISTENED_SECONDS)
    return [beat for beat in await _heartbeats(db) if beat["isRecent"] or beat["at"] != before.get(beat["_id"])]


async def recent(db: Database) -> list[dict[str, Any]]:
    """Return the heartbeats whose date is recent, at once: for those who ask again all the time, such as a page.

    While MongoDB's clock is set, services that live may be missing.
    """
    return [beat for beat in await _heartbeats(db) if beat["isRecent"]]


async def _heartbeats(db: Database) -> list[dict[str, Any]]:
    """Return all heartbeats, each with the field `isRecent`."""
    is_recent = [
        {"$gt": ["$at", {"$subtract": ["$$NOW", SILENT_SECONDS * 1_000]}]},
        {"$lt": ["$at", {"$add": ["$$NOW", AHEAD_SECONDS * 1_000]}]},
    ]
    pipeline: list[Document] = [{"$sort": {"_id": 1}}, {"$limit": 1_000}, {"$set": {"isRecent": {"$and": is_recent}}}]
    return await aggregate(db.heartbeats, pipeline)
