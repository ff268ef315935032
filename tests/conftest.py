"""One pair of real engines for the whole run; every test gets a database and a topic prefix of its own."""

import os
import secrets
from collections.abc import AsyncIterator

import pytest

from services.cli.initialise import initialise
from shared.mongo import Database, connected, database
from shared.settings import EngineSettings
from tests.support.engines import Engines, provided


@pytest.fixture(scope="session")
async def engines(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engines]:
    """Give the engines that `TICKETSTREAM_TEST_KAFKA` and `TICKETSTREAM_TEST_MONGO` name, else embedded ones."""
    async with provided(os.environ, tmp_path_factory.mktemp("engines")) as running:
        yield running


@pytest.fixture
async def settings(engines: Engines) -> AsyncIterator[EngineSettings]:
    """Make a database and topics that no other test sees."""
    name = f"test-{secrets.token_hex(6)}"
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    await initialise(settings)
    yield settings
    async with connected(settings.mongo) as client:
        await client.drop_database(name)


@pytest.fixture
async def db(settings: EngineSettings) -> AsyncIterator[Database]:
    """Give the test's own database."""
    async with connected(settings.mongo) as client:
        yield database(client, settings.database)
