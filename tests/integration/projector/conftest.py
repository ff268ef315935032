"""Projections of the test's topic, and a proxy between them and MongoDB."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

import pytest

from services.projector.projection import Projection
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from tests.support.data.directory import publish_directory
from tests.support.engines.proxy import Proxy, proxy
from tests.support.processes.projecting import projecting_into

Start = Callable[[], AbstractAsyncContextManager[Projection]]


@pytest.fixture
async def projecting(db: Database, settings: EngineSettings) -> Start:
    """Return a function that starts a projection of the test's topic, with two agencies and a park in the directory."""
    await publish_directory(settings)
    return lambda: projecting_into(db, settings)


@pytest.fixture
async def between(settings: EngineSettings) -> AsyncIterator[Proxy]:
    """Put a proxy between the projection and MongoDB."""
    async with proxy(urlsplit(settings.mongo).port or 0) as made:
        yield made


@pytest.fixture
async def through(between: Proxy, settings: EngineSettings) -> AsyncIterator[Database]:
    """Yield the test's database through the proxy."""
    url = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
    async with connected(url, timeout_ms=1_000) as client:
        yield database(client, settings.database)
