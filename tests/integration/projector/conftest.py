"""Projections that run in the test's own process, before real engines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from services.projector.projection import Projection
from shared.mongo import Database
from shared.replica import DirectoryReplica
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.support.directory import publish_directory

Start = Callable[[], AbstractAsyncContextManager[Projection]]


@pytest.fixture
async def projecting(db: Database, settings: EngineSettings) -> Start:
    """Start a projection of the test's topic, with the directory of two agencies and a park."""
    await publish_directory(settings)
    topics = Topics(settings.topic_prefix)

    @asynccontextmanager
    async def start() -> AsyncIterator[Projection]:
        async with DirectoryReplica(settings.kafka, topics.directory) as replica:
            group = f"{settings.topic_prefix}projection"
            projection = Projection(db, settings.kafka, topics.ticket_events, group, replica)
            tasks = [asyncio.create_task(projection.run()), asyncio.create_task(replica.follow())]
            try:
                async with asyncio.timeout(20):
                    await projection.assigned.wait()
                yield projection
            finally:
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]

    return start
