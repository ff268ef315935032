"""What a benchmark runs on: engines, the platform's services, and the programs that they are held against."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from deploy.embedded import mongod
from deploy.embedded.folder import LOOPBACK, claim, steady_ports
from deploy.embedded.listening import listens
from deploy.embedded.process import Program, Running, spawn
from services.cli.demo.setup import set_up
from services.cli.failures import explained
from services.cli.initialise import initialise
from services.cli.jars import kafka_jars
from services.cli.programs import Layout, environment
from services.cli.progress_bar import doing, messages
from shared.clock import utc_now
from shared.kafka import delete_topics
from shared.mongo import Database, connected, database
from shared.sessions import COOKIE, Sessions
from shared.settings import EngineSettings
from shared.topics import Topics

COMMAND = "command"
GATEWAY = "gateway"


class Programs:
    """Programs of one benchmark; what was started last is stopped first."""

    def __init__(self, closing: AsyncExitStack) -> None:
        self._closing = closing
        self._programs: dict[str, Program] = {}
        self._running: dict[str, Running] = {}

    @property
    def processes(self) -> dict[str, psutil.Process]:
        """The process of each program, by its name."""
        return {name: psutil.Process(running.pid) for name, running in self._running.items()}

    async def start(self, *programs: Program) -> None:
        """Start them side by side and return once each answers; raises `CannotStart`."""
        started = []
        for program in programs:
            running = await spawn(program)
            self._closing.push_async_callback(running.stop)
            self._programs[program.name], self._running[program.name] = program, running
            started.append(running)
        await asyncio.gather(*(running.ready() for running in started))

    async def stop(self, name: str) -> None:
        """End one in order."""
        await self._running[name].stop()

    async def start_again(self, name: str) -> None:
        """Start one that was stopped; raises `CannotStart`."""
        await self.start(self._programs[name])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to run with files in `folder`; engines that are not given are started as well.

    `contenders`: names of programs that it is held against, which get a port each.
    """

    folder: Path
    kafka: str | None
    mongo: str | None
    projectors: int
    contenders: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs: the port of each server by its name, and the programs.

    `db` is the platform's database, `cookie` the header of a user who may send commands and sees everything.
    """

    folder: Path
    engines: EngineSettings
    db: Database
    cookie: str
    ports: Mapping[str, int]
    programs: Programs

    async def contend(self, name: str, module: str, *arguments: str, engines: EngineSettings | None = None) -> None:
        """Start a program that is held against the platform: `python -m module`, on the platform's engines or others.

        Raises `CannotStart`.
        """
        port = self.ports[name]

        async def answers(_pid: int) -> bool:
            return await listens(port)

        settings = (engines or self.engines).model_dump() | {"name": name, "host": LOOPBACK, "port": port}
        program = Program(
            name=name,
            argv=(sys.executable, "-m", module, *arguments),
            log=self.folder / "logs" / f"{name}.log",
            env=environment(settings),
            answers=answers,
        )
        await self.programs.start(program)

    @asynccontextmanager
    async def apart(self, suffix: str) -> AsyncIterator[EngineSettings]:
        """Set up a database and topics beside the platform's, deleted on leaving."""
        name = f"{self.engines.database}-{suffix}"
        others = self.engines.model_copy(update={"database": name, "topic_prefix": f"{name}."})
        async with _fresh(others):
            yield others


@asynccontextmanager
async def running(wanted: Wanted, progress: Console) -> AsyncIterator[Stack]:
    """Run a platform, whose database and topics are new ones and gone afterwards.

    Raises `CannotStart` or `EngineError`.
    """
    if wanted.kafka is None:
        kafka_jars(progress)
    folder = wanted.folder
    with claim(folder):
        async with AsyncExitStack() as closing:
            with doing(progress, "starting engines and services"):
                stack = await _started(wanted, closing)
            yield stack


async def _started(wanted: Wanted, closing: AsyncExitStack) -> Stack:
    folder, programs = wanted.folder, Programs(closing)
    names = ("kafka", "kafka-controller", "mongod", COMMAND, GATEWAY, *wanted.contenders)
    ports = steady_ports(folder, names)
    kafka, mongo = await _engines(programs, folder, ports, wanted.kafka, wanted.mongo)
    name = f"bench-{secrets.token_hex(6)}"
    engines = EngineSettings(kafka=kafka, mongo=mongo, database=name, topic_prefix=f"{name}.")
    with explained(engines):
        db = await closing.enter_async_context(_fresh(engines))
        operator, *_ = await set_up(engines)
        token = await Sessions(db).log_in(operator.login, operator.password, utc_now())
    layout = Layout(folder, {COMMAND: ports[COMMAND]}, projectors=wanted.projectors, gateway_port=ports[GATEWAY])
    services, gateways = layout.services(engines, db)
    await programs.start(*services, *gateways)
    return Stack(folder, engines, db, f"{COOKIE}={token}", ports, programs)


async def _engines(
    programs: Programs, folder: Path, ports: Mapping[str, int], kafka: str | None, mongo: str | None
) -> tuple[str, str]:
    """Start the engines that are not given, and tell where both are."""
    missing = []
    if kafka is None:
        jars = kafka_jars(messages())
        from deploy.embedded.kafka import broker  # noqa: PLC0415 - needs the extra `embedded`

        kafka = broker.address(ports["kafka"])
        missing.append(await broker.program(folder, jars, ports["kafka"], ports["kafka-controller"]))
    if mongo is None:
        mongo = mongod.url(ports["mongod"])
        missing.append(mongod.program(folder, ports["mongod"]))
    await programs.start(*missing)
    return kafka, mongo


@asynccontextmanager
async def _fresh(engines: EngineSettings) -> AsyncIterator[Database]:
    """Set up a database and topics, deleted on leaving."""
    async with connected(engines.mongo) as client:
        await initialise(engines)
        try:
            yield database(client, engines.database)
        finally:
            await client.drop_database(engines.database)
            await delete_topics(engines.kafka, Topics(engines.topic_prefix).definitions())
