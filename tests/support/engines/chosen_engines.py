"""The choice of engines for tests: embedded, containers, or engines that run already."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import pair
from tests.support.engines import containers


@dataclass(frozen=True, slots=True)
class Engines:
    """Kafka's bootstrap address and MongoDB's URL."""

    kafka: str
    mongo: str


@asynccontextmanager
async def chosen_engines(environment: Mapping[str, str], folder: Path) -> AsyncIterator[Engines]:
    """Yield the engines that `environment` asks for; engines that were started here are stopped afterwards."""
    if environment.get("TICKETSTREAM_TEST_DOCKER") == "1":
        async with containers.engines() as (bootstrap, url):
            yield Engines(bootstrap, url)
        return
    kafka, mongo = environment.get("TICKETSTREAM_TEST_KAFKA"), environment.get("TICKETSTREAM_TEST_MONGO")
    if kafka and mongo:
        yield Engines(kafka, mongo)
        return
    async with pair.engines(folder, _say_progress) as embedded:
        yield Engines(kafka or embedded.kafka, mongo or embedded.mongo)


def _say_progress(done: int, total: int) -> None:
    sys.stderr.write(f"\rfetching Kafka: {done} of {total} jars")
