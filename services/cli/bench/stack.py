"""What a benchmark runs on: engines, one command service, a gateway, and the programs that they are held against."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.embedded import mongod
from deploy.embedded.folder import LOOPBACK, claim, steady_ports
from deploy.embedded.listening import listens
from deploy.embedded.process import Program, Running, spawn
from services.cli.demo.setup import set_up
from services.cli.failures import explained
from services.cli.initialise import initialise
from services.cli.jars import kafka_jars
from services.cli.programs import Layout, environment
from services.cli.progress import messages
from shared.clock import utc_now
from shared.kafka import delete_topics
from shared.mongo import Database, connected, database
from shared.sessions import COOKIE, Sessions
from shared.settings import EngineSettings
from shared.topics import Topics

BARE = "bare"
PLAIN = "plain"
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
class Stack:
    """What runs: the port of each server by its name, and the programs.

    `db` is the command service's database, `cookie` the header of a user who may send commands.
    """

    engines: EngineSettings
    db: Database
    cookie: str
    ports: Mapping[str, int]
    programs: Programs


@asynccontextmanager
async def running(folder: Path, kafka: str | None, mongo: str | None) -> AsyncIterator[Stack]:
    """Run all with files in `folder`, and an engine that is not given as well; raises `CannotStart` or `EngineError`.

    Databases and topics are new ones, and gone afterwards.
    """
    with claim(folder):
        async with AsyncExitStack() as closing:
            programs = Programs(closing)
            ports = steady_ports(folder, ("kafka", "kafka-controller", "mongod", BARE, PLAIN, COMMAND, GATEWAY))
            kafka, mongo = await _engines(programs, folder, ports, kafka, mongo)
            name = f"bench-{secrets.token_hex(6)}"
            engines = EngineSettings(kafka=kafka, mongo=mongo, database=name, topic_prefix=f"{name}.")
            others = EngineSettings(kafka=kafka, mongo=mongo, database=f"{name}-plain", topic_prefix=f"{name}-plain.")
            with explained(engines):
                db = await closing.enter_async_context(_fresh(engines))
                await closing.enter_async_context(_fresh(others))
                operator, *_ = await set_up(engines)
                token = await Sessions(db).log_in(operator.login, operator.password, utc_now())
            layout = Layout(folder, {COMMAND: ports[COMMAND]}, projectors=0, gateway_port=ports[GATEWAY])
            services, gateways = layout.services(engines, db)
            contenders = [_contender(name, folder, others, ports[name]) for name in (BARE, PLAIN)]
            await programs.start(*services, *gateways, *contenders)
            yield Stack(engines, db, f"{COOKIE}={token}", ports, programs)


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


def _contender(name: str, folder: Path, engines: EngineSettings, port: int) -> Program:
    async def answers(_pid: int) -> bool:
        return await listens(port)

    return Program(
        name=name,
        argv=(sys.executable, "-m", "services.cli.bench.contenders", name),
        log=folder / "logs" / f"{name}.log",
        env=environment(engines.model_dump() | {"name": name, "host": LOOPBACK, "port": port}),
        answers=answers,
    )
