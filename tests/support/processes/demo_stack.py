"""A stack with the demonstration's directory and users, for programs that use the platform from outside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.demo.setup import Account, set_up
from services.cli.initialise import initialise
from shared.mongo import connected
from shared.process.settings import EngineSettings
from tests.support.engines.chosen_engines import Engines
from tests.support.processes.running_stack import options_for, running_in


@dataclass(frozen=True, slots=True)
class DemoStack:
    """The address of the gateway, the engines, and the user who may send commands."""

    url: str
    settings: EngineSettings
    operator: Account


@asynccontextmanager
async def demo_stack(engines: Engines, folder: Path, name: str) -> AsyncIterator[DemoStack]:
    """Run a stack in `folder` on the engines of the session, with a database and topics called `name`."""
    settings = EngineSettings(kafka=engines.kafka, mongo=engines.mongo, database=name, topic_prefix=f"{name}.")
    await initialise(settings)
    options, environment = options_for(settings)
    async with running_in(folder, *options, environment=environment) as (_, url):
        operator, *_ = await set_up(settings)
        yield DemoStack(url, settings, operator)
    async with connected(engines.mongo) as client:
        await client.drop_database(name)
