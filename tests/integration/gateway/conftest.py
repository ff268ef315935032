"""One gateway process for all tests of this folder, before views, users and a directory that the tests put there."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from services.cli.initialise import initialise
from shared.mongo import connected, database
from shared.settings import EngineSettings
from shared.users import hash_password
from tests.integration.gateway.running import (
    PASSWORD,
    USERS,
    CommandSide,
    Platform,
    gateway,
    logged_in,
)
from tests.support.directory import publish_directory
from tests.support.engines import Engines
from tests.support.http import answering, free_port, refusing_url


@pytest.fixture(scope="package")
async def platform(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway before two command services and a third that is away; every user is logged in."""
    name = f"gateway-{secrets.token_hex(6)}"
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    await initialise(settings)
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(connected(settings.mongo))
        closing.push_async_callback(client.drop_database, name)
        db = database(client, name)
        await publish_directory(settings)
        await db.users.insert_many(
            {"_id": f"uid of {login}", "login": login, "role": "operator", "scope": scope, "passwordHash": hashed}
            for hashed in [hash_password(PASSWORD)]
            for login, scope in USERS.items()
        )
        commands = CommandSide()
        await closing.enter_async_context(commands.service("one"))
        await closing.enter_async_context(commands.service("two"))
        away = closing.enter_context(refusing_url())
        port, log = free_port(), tmp_path_factory.mktemp("gateway") / "log"
        process = await closing.enter_async_context(gateway(settings, "gateway", port, [away, *commands.urls], log))
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        cookies = {login: await logged_in(url, login) for login in USERS}
        yield Platform(settings, db, url, commands, cookies)
        assert process.returncode is None, log.read_text()
