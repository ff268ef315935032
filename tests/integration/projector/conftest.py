"""Projections of the test's topic."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from services.projector.projection import Projection
from shared.mongo import Database
from shared.settings import EngineSettings
from tests.support.directory import publish_directory
from tests.support.projecting import projecting_into

Start = Callable[[], AbstractAsyncContextManager[Projection]]


@pytest.fixture
async def projecting(db: Database, settings: EngineSettings) -> Start:
    """Start a projection of the test's topic, with the directory of two agencies and a park."""
    await publish_directory(settings)
    return lambda: projecting_into(db, settings)
