"""Kafka and MongoDB as containers, from the images in docker-compose.yml."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from shared.mongo import connected, initiate_replica_set, ping
from tests.support.clients.http import free_port

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"
STARTED_WITHIN = 120
HERE = "127.0.0.1"
REPLICA_SET = "ticketstream"


def described(service: str) -> dict[str, Any]:
    """Return a service's description from docker-compose.yml."""
    description: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"][service]
    return description


@asynccontextmanager
async def engines() -> AsyncIterator[tuple[str, str]]:
    """Run Kafka and MongoDB in containers; yields bootstrap address and URL, and removes the containers afterwards."""
    kafka_port, mongo_port = free_port(), free_port()
    mongo_url = f"mongodb://{HERE}:{mongo_port}/?replicaSet={REPLICA_SET}"
    async with AsyncExitStack() as closing:
        for container in (_kafka(kafka_port), _mongo(mongo_port)):
            closing.push_async_callback(asyncio.to_thread, container.stop)
            await asyncio.to_thread(container.start)
        await initiate_replica_set(mongo_url)
        async with connected(mongo_url, timeout_ms=STARTED_WITHIN * 1_000) as client:
            await ping(client)
        yield f"{HERE}:{kafka_port}", mongo_url


def _kafka(port: int) -> Any:
    composed = described("kafka")
    environment = composed["environment"] | {
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{HERE}:{port}",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    }
    container = _published(composed["image"], port)
    for name, value in environment.items():
        container.with_env(name, value)
    return container.waiting_for(_saying("Kafka Server started"))


def _mongo(port: int) -> Any:
    composed = described("mongo")
    command = [*composed["command"], f"--port={port}"]
    return _published(composed["image"], port).with_command(command).waiting_for(_saying("Waiting for connections"))


def _published(image: str, port: int) -> Any:
    """Return a container that publishes `port` at 127.0.0.1 only; `with_bind_ports` would publish it everywhere."""
    container: Any = DockerContainer(image)
    container.ports[str(port)] = (HERE, port)
    return container


def _saying(line: str) -> LogMessageWaitStrategy:
    return LogMessageWaitStrategy(line).with_startup_timeout(STARTED_WITHIN)
