"""Small documents by which running services tell where they are; `ticketstream status` and the imports read them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from shared.failures import told
from shared.mongo import Database, PyMongoError
from shared.settings import ServiceSettings
from shared.telemetry import logger

log = logger(__name__)

BEAT_SECONDS = 0.5
SILENT_SECONDS = 5
"""A service that has said nothing for this long is taken for dead."""

Service = Literal["command", "projector", "gateway"]


@dataclass(frozen=True, slots=True)
class StoppedPartition:
    """A partition of `ticket-events` whose next event could not be applied, with the reason in one sentence."""

    partition: int
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a service says of itself: the offset of the directory and the version of the users that it has reached."""

    directoryOffset: int  # noqa: N815 - the document's own name
    usersVersion: int | None = None  # noqa: N815 - the document's own name
    url: str | None = None
    stopped: list[StoppedPartition] = field(default_factory=list)
    relayFailure: str | None = None  # noqa: N815 - the document's own name
    """Why a command service whose turn it is to publish does not, in one sentence."""


async def beat(
    db: Database, service: Service, settings: ServiceSettings, report: Callable[[], Awaitable[Heartbeat]]
) -> None:
    """Write this process's heartbeat for as long as it runs; cancelling it takes the document away."""
    identity = {"service": service, "pid": os.getpid(), "restarts": settings.restarts}
    try:
        while True:
            try:
                facts = asdict(await report())
                await db.heartbeats.update_one(
                    {"_id": settings.name}, {"$set": identity | facts, "$currentDate": {"at": True}}, upsert=True
                )
            except PyMongoError as away:
                log.warning("heartbeat_missed", reason=told(away))
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        await asyncio.shield(db.heartbeats.delete_one({"_id": settings.name, "pid": os.getpid()}))


async def living(db: Database) -> list[dict[str, Any]]:
    """Give the heartbeats of the services that have spoken within `SILENT_SECONDS`, by MongoDB's own clock."""
    alive = {"$expr": {"$gt": ["$at", {"$subtract": ["$$NOW", SILENT_SECONDS * 1_000]}]}}
    return await db.heartbeats.find(alive).sort("_id", 1).to_list(1_000)
