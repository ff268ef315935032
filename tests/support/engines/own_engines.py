"""Engines for a single test, which can be stopped, killed and restored."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.embedded import mongod
from deploy.embedded.child_process import Program, Running, spawn
from deploy.embedded.data_folder import steady_ports
from deploy.embedded.kafka import broker
from deploy.embedded.kafka.jars import class_path
from services.cli.initialise import initialise
from shared.process.settings import EngineSettings


class Engine:
    """One engine that can be stopped, and started again on its files."""

    def __init__(self, program: Program, files: Path) -> None:
        self._program = program
        self._files = files
        self._running: Running | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._running = await spawn(self._program)
        await self._running.ready()

    async def stop(self) -> None:
        """Stop it cleanly, if it runs."""
        if self._running:
            self.send(signal.SIGCONT)
            await self._running.stop()
            self._running = None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, such as SIGSTOP."""
        assert self._running
        self._running.send(number)

    async def keep_files(self) -> Path:
        """Copy its files as they are now; it is stopped meanwhile."""
        await self.stop()
        copy = self._files.with_name(f"{self._files.name}-kept")
        await asyncio.to_thread(shutil.copytree, self._files, copy)
        await self.start()
        return copy

    async def put_back(self, copy: Path) -> None:
        """Replace its files by `copy`, as a restore of an old disk does."""
        await self.stop()
        await asyncio.to_thread(shutil.rmtree, self._files)
        await asyncio.to_thread(copy.rename, self._files)
        await self.start()


@dataclass(frozen=True, slots=True)
class OwnEngines:
    """A Kafka and a MongoDB, initialised."""

    settings: EngineSettings
    kafka: Engine
    mongod: Engine


@asynccontextmanager
async def own_engines(folder: Path, *mongod_options: str) -> AsyncIterator[OwnEngines]:
    """Run both engines for one test; `mongod_options` are added to mongod's command line."""
    jars = class_path(lambda _there, _total: None)
    ports = steady_ports(folder, ("kafka", "kafka-controller", "mongod"))
    store = mongod.program(folder, ports["mongod"])
    kafka = Engine(await broker.program(folder, jars, ports["kafka"], ports["kafka-controller"]), folder / "kafka")
    mongo = Engine(replace(store, argv=(*store.argv, *mongod_options)), folder / "mongod")
    try:
        await asyncio.gather(kafka.start(), mongo.start())
        settings = EngineSettings(kafka=broker.address(ports["kafka"]), mongo=mongod.url(ports["mongod"]))
        await initialise(settings)
        yield OwnEngines(settings, kafka, mongo)
    finally:
        await asyncio.gather(kafka.stop(), mongo.stop())
