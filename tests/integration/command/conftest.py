"""Two command service processes for all tests of this folder, with their directory and users."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from services.cli.initialise import initialise
from shared.mongo import connected, database
from shared.process.settings import EngineSettings
from tests.integration.command.command_platform import USERS, Services, command_service, logged_in
from tests.support.data.directory import publish_directory
from tests.support.engines.chosen_engines import Engines
from tests.support.processes.logs import has_failure


@pytest.fixture(scope="package")
async def commands(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """Run two command services on their own database; at the end both must run, without a failure in their logs."""
    name = f"command-{secrets.token_hex(6)}"
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    await initialise(settings)
    folder = tmp_path_factory.mktemp("command")
    logs = (folder / "one.log", folder / "two.log")
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(connected(settings.mongo))
        closing.push_async_callback(client.drop_database, name)
        db = database(client, name)
        await publish_directory(settings)
        cookies = await logged_in(db, USERS)
        running = [await closing.enter_async_context(command_service(settings, log, log.stem)) for log in logs]
        yield Services(tuple(url for url, _ in running), cookies, settings, db, logs)
        for (_, process), log in zip(running, logs, strict=True):
            assert process.returncode is None, log.read_text()
            assert not has_failure(log.read_text())
