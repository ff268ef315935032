"""Projections that run in the test's own process, on real engines."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.projector.projection import Projection
from shared.directory.replica import DirectoryReplica
from shared.kafka import consumer, end_offsets
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.schema import ensure_schema
from shared.storage.topics import PARTITIONS, Topics
from tests.support.expected.views import WholeViews, until, whole_views
from tests.support.processes.tasks import running


@asynccontextmanager
async def projecting_into(
    db: Database, settings: EngineSettings, group: str = "projection"
) -> AsyncIterator[Projection]:
    """Run a projection of the topic into `db`, as a member of `group`."""
    topics = Topics(settings.topic_prefix)
    async with DirectoryReplica(settings.kafka, topics.directory) as replica:
        projection = Projection(db, settings.kafka, topics.ticket_events, f"{settings.topic_prefix}{group}", replica)
        async with running(projection.run(), replica.follow()):
            async with asyncio.timeout(60):
                await projection.assigned.wait()
            yield projection


async def until_shown(db: Database, settings: EngineSettings, seconds: float = 60) -> None:
    """Wait until the views contain everything that both topics hold now."""
    topics = Topics(settings.topic_prefix)
    async with consumer(settings.kafka) as reader:
        events = await end_offsets(reader, topics.ticket_events, PARTITIONS)
        directory = (await end_offsets(reader, topics.directory, 1))[0]

    async def shown() -> bool:
        checkpoints = await db.checkpoints.find({}).to_list(None)
        return all(one["directory"] == directory and one["offset"] >= events[one["_id"]] for one in checkpoints)

    await until(shown, seconds)


async def projected_anew(settings: EngineSettings) -> WholeViews:
    """Return the views that a new projection makes of the topics, in a temporary database."""
    name = f"{settings.database}-anew"
    async with connected(settings.mongo) as client:
        fresh = database(client, name)
        try:
            await ensure_schema(fresh)
            async with projecting_into(fresh, settings, f"anew-{secrets.token_hex(6)}"):
                await until_shown(fresh, settings)
            return await whole_views(fresh)
        finally:
            await client.drop_database(name)
