"""One Kafka and one MongoDB for the whole run; every test gets its own database and topic prefix."""

import os
import secrets
from collections.abc import AsyncIterator

import pytest

from services.cli.initialise import initialise
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from tests.support.engines.chosen_engines import Engines, chosen_engines


@pytest.fixture(scope="session")
async def engines(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engines]:
    """Run the engines of the session; environment variables can name engines that run already."""
    async with chosen_engines(os.environ, tmp_path_factory.mktemp("engines")) as running:
        yield running


@pytest.fixture
async def settings(engines: Engines) -> AsyncIterator[EngineSettings]:
    """Yield settings with a database and topics that no other test uses."""
    name = f"test-{secrets.token_hex(6)}"
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    await initialise(settings)
    yield settings
    async with connected(settings.mongo) as client:
        await client.drop_database(name)


@pytest.fixture
async def db(settings: EngineSettings) -> AsyncIterator[Database]:
    """Yield the test's own database."""
    async with connected(settings.mongo) as client:
        yield database(client, settings.database)
