"""Kafka and MongoDB while a block runs, without a supervisor; tests use them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import mongod
from deploy.embedded.child_process import spawn
from deploy.embedded.data_folder import claim, steady_ports
from deploy.embedded.kafka import broker
from deploy.embedded.kafka.jars import Report, class_path


@dataclass(frozen=True, slots=True)
class Engines:
    """Addresses of the engines: `kafka` is a bootstrap address `HOST:PORT`, `mongo` a connection URL."""

    kafka: str
    mongo: str


@asynccontextmanager
async def engines(folder: Path, report: Report) -> AsyncIterator[Engines]:
    """Run both, with their files in `folder`; raises `StartError`.

    `report` is called with the progress when Kafka's jars must be downloaded.
    """
    jars = class_path(report)
    with claim(folder):
        ports = steady_ports(folder, ("kafka", "kafka-controller", "mongod"))
        programs = (
            mongod.program(folder, ports["mongod"]),
            await broker.program(folder, jars, ports["kafka"], ports["kafka-controller"]),
        )
        async with AsyncExitStack() as stack:
            started = []
            for program in programs:
                running = await spawn(program)
                stack.push_async_callback(running.stop)
                started.append(running)
            await asyncio.gather(*(running.ready() for running in started))
            yield Engines(broker.address(ports["kafka"]), mongod.url(ports["mongod"]))
