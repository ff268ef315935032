"""Projections of the test's topic, and MongoDB as they reach it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

import pytest

from services.projector.projection import Projection
from shared.mongo import Database, connected, database
from shared.settings import EngineSettings
from tests.support.directory import publish_directory
from tests.support.projecting import projecting_into
from tests.support.proxy import Proxy, proxy

Start = Callable[[], AbstractAsyncContextManager[Projection]]


@pytest.fixture
async def projecting(db: Database, settings: EngineSettings) -> Start:
    """Start a projection of the test's topic, with the directory of two agencies and a park."""
    await publish_directory(settings)
    return lambda: projecting_into(db, settings)


@pytest.fixture
async def between(settings: EngineSettings) -> AsyncIterator[Proxy]:
    """Put a proxy between the projection and MongoDB."""
    async with proxy(urlsplit(settings.mongo).port or 0) as made:
        yield made


@pytest.fixture
async def through(between: Proxy, settings: EngineSettings) -> AsyncIterator[Database]:
    """Give the test's database as the projection reaches it."""
    url = f"mongodb://127.0.0.1:{between.port}/?directConnection=true"
    async with connected(url, timeout_ms=1_000) as client:
        yield database(client, settings.database)
