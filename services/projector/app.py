"""The projector process: a Faust app that runs the projection, the directory's replica and the heartbeat.

Faust's own consumer, producer and web server stay off, because the projection reads Kafka itself, in batches.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import faust

from services.projector.giving_up import StuckError
from services.projector.projection import Projection
from shared.directory.replica import DirectoryReplica
from shared.mongo import connected, database
from shared.process.heartbeats import Heartbeat, beat
from shared.process.monitoring import engines_ready, monitored
from shared.process.settings import ServiceSettings
from shared.storage.topics import Topics
from shared.telemetry import (
    PROJECTION_LAG_EVENTS,
    PROJECTION_LAG_SECONDS,
    STOPPED_PARTITIONS,
    log_in_groups,
    logger,
)
from shared.telemetry.traces import exported

GROUP = "ticketstream-projector"
LOOK_SECONDS = 5.0
"""How often to check whether the projection moves. If it hangs, the process ends and is restarted."""
STOPPED_WITHIN = 10.0
"""Seconds after which a shutdown no longer waits for Faust or Kafka."""

log = logger(__name__)


def projector_app(settings: ServiceSettings, *parts: Callable[[], Awaitable[None]]) -> faust.App:
    """Make the Faust app that runs `parts`; if one fails, the app crashes."""
    app = faust.App(GROUP, broker=f"kafka://{settings.kafka}", web_enabled=False, autodiscover=False)
    app.boot_strategy.enable_kafka = False
    for part in parts:
        app.task(part)
    return app


async def serve_projector(settings: ServiceSettings) -> None:
    """Run one projector until cancelled; raises the failure of a part."""
    log_in_groups(settings.name)
    topics = Topics(settings.topic_prefix)
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(exported("projector", settings.name, settings.otlp_endpoint))
        client = await closing.enter_async_context(connected(settings.mongo))
        db = database(client, settings.database)
        replica = await closing.enter_async_context(DirectoryReplica(settings.kafka, topics.directory))
        group = f"{settings.topic_prefix}{GROUP}"
        projection = Projection(db, settings.kafka, topics.ticket_events, group, replica, name=settings.name)

        async def report() -> Heartbeat:
            return Heartbeat(replica.offset, stopped=projection.stopped)

        async def beat_when_assigned() -> None:
            await projection.assigned.wait()
            await beat(db, "projector", settings, report)

        async def movement() -> str | None:
            return projection.problem

        async def partitions() -> str | None:
            return None if projection.assigned.is_set() else "The group has not given this worker its partitions yet."

        async def give_up_when_stalled() -> None:
            while not (problem := projection.problem):
                await asyncio.sleep(LOOK_SECONDS)
            raise StuckError(problem)

        async def monitor() -> None:
            STOPPED_PARTITIONS.set_function(lambda: len(projection.stopped))
            PROJECTION_LAG_EVENTS.set_function(lambda: projection.lag)
            PROJECTION_LAG_SECONDS.set_function(lambda: projection.lag_seconds)
            ready = {**engines_ready(client, replica), "partitions": partitions}
            await monitored(settings, alive={"progress": movement}, ready=ready)

        parts = (projection.run, replica.follow, beat_when_assigned, monitor, give_up_when_stalled)
        await _run(projector_app(settings, *parts))


async def _run(app: faust.App) -> None:
    try:
        await app.start()
        await app.wait_until_stopped()
    finally:
        try:
            async with asyncio.timeout(STOPPED_WITHIN):
                await app.stop()
        except TimeoutError:
            log.error("stop_abandoned", seconds=STOPPED_WITHIN)
    if app.crash_reason:
        raise app.crash_reason
