"""The processes of a benchmark: engines, the platform's services, and the programs that these are compared with."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from deploy.embedded.child_process import Program, Running, spawn
from deploy.embedded.data_folder import LOOPBACK, claim, steady_ports
from deploy.embedded.listening import listens
from services.cli.demo.setup import set_up
from services.cli.exit_status import explained
from services.cli.initialise import initialise
from services.cli.local.engine_programs import PORTS, engine_programs
from services.cli.local.fetch_kafka import kafka_jars
from services.cli.local.programs import Layout, environment
from services.cli.progress_bar import doing
from shared.accounts.session_cookie import COOKIE
from shared.accounts.sessions import Sessions
from shared.clock import utc_now
from shared.kafka import delete_topics
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics

COMMAND = "command"
GATEWAY = "gateway"
ANSWERED_WITHIN_MS = 60_000
"""How long an operation of the benchmark itself on MongoDB may take. A slow machine should not end it."""


class Programs:
    """The programs of one benchmark; they are stopped in the reverse order of their start."""

    def __init__(self, closing: AsyncExitStack) -> None:
        self._closing = closing
        self._programs: dict[str, Program] = {}
        self._running: dict[str, Running] = {}

    @property
    def processes(self) -> dict[str, psutil.Process]:
        """Return the process of each program, by its name."""
        return {name: psutil.Process(running.pid) for name, running in self._running.items()}

    async def start(self, *programs: Program) -> None:
        """Start programs at the same time and return once each answers; raises `StartError`."""
        started = []
        for program in programs:
            running = await spawn(program)
            self._closing.push_async_callback(running.stop)
            self._programs[program.name], self._running[program.name] = program, running
            started.append(running)
        await asyncio.gather(*(running.ready() for running in started))

    async def stop(self, name: str) -> None:
        """Stop one program in an orderly way."""
        await self._running[name].stop()

    async def start_again(self, name: str) -> None:
        """Start a stopped program again; raises `StartError`."""
        await self.start(self._programs[name])


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What to run, with files in `folder`; an engine that is None is started as well.

    `contenders` names the programs that the platform is compared with; each gets a port.
    """

    folder: Path
    kafka: str | None
    mongo: str | None
    projectors: int
    contenders: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BenchStack:
    """The running platform: the port of each server by its name, and the programs.

    `db` is the platform's database. `cookie` is the header of a user who may send commands and sees everything.
    """

    folder: Path
    engines: EngineSettings
    db: Database
    cookie: str
    ports: Mapping[str, int]
    programs: Programs

    @property
    def url(self) -> str:
        """Return the base URL of the gateway."""
        return f"http://{LOOPBACK}:{self.ports[GATEWAY]}"

    async def start_contender(
        self, name: str, module: str, *arguments: str, engines: EngineSettings | None = None
    ) -> None:
        """Start a program to compare the platform with: `python -m module`, on the platform's engines or on `engines`.

        Raises `StartError`.
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
    async def second_database(self, suffix: str) -> AsyncIterator[EngineSettings]:
        """Set up a second database and its topics, yield how to reach them, and delete them at the end of the block."""
        name = f"{self.engines.database}-{suffix}"
        others = self.engines.model_copy(update={"database": name, "topic_prefix": f"{name}."})
        async with _fresh(others):
            yield others


@asynccontextmanager
async def running(options: StackOptions, console: Console) -> AsyncIterator[BenchStack]:
    """Run a platform with a new database and new topics, and delete these at the end of the block.

    Raises `StartError`, and `EngineError` in place of the exceptions of the engines' drivers.
    """
    jars = () if options.kafka else kafka_jars(console, options.folder)
    with claim(options.folder):
        async with AsyncExitStack() as closing:
            with doing(console, "starting engines and services"):
                stack = await _started(options, jars, closing)
            with explained(stack.engines):
                yield stack


async def _started(options: StackOptions, jars: Sequence[Path], closing: AsyncExitStack) -> BenchStack:
    folder, programs = options.folder, Programs(closing)
    ports = steady_ports(folder, (*PORTS, COMMAND, GATEWAY, *options.contenders))
    kafka, mongo, missing = await engine_programs(folder, ports, jars, options.kafka, options.mongo)
    await programs.start(*missing)
    name = f"bench-{secrets.token_hex(6)}"
    engines = EngineSettings(kafka=kafka, mongo=mongo, database=name, topic_prefix=f"{name}.")
    with explained(engines):
        db = await closing.enter_async_context(_fresh(engines))
        operator, *_ = await set_up(engines)
        token = await Sessions(db).log_in(operator.login, operator.password, utc_now())
    layout = Layout(folder, {COMMAND: ports[COMMAND]}, projectors=options.projectors, gateway_port=ports[GATEWAY])
    services, gateways = layout.services(engines, db)
    await programs.start(*services, *gateways)
    return BenchStack(folder, engines, db, f"{COOKIE}={token}", ports, programs)


@asynccontextmanager
async def _fresh(engines: EngineSettings) -> AsyncIterator[Database]:
    """Set up a database and topics, and delete them at the end of the block."""
    async with connected(engines.mongo, timeout_ms=ANSWERED_WITHIN_MS) as client:
        await initialise(engines)
        try:
            yield database(client, engines.database)
        finally:
            await client.drop_database(engines.database)
            await delete_topics(engines.kafka, Topics(engines.topic_prefix).definitions())
