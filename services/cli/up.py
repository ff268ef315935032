"""`ticketstream up`: engines and services as children of this process, until it is told to stop."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from deploy.embedded import mongod
from deploy.embedded.errors import CannotStart
from deploy.embedded.folder import claim, is_free, steady_ports
from deploy.embedded.process import Program
from services.cli.demo.setup import set_up
from services.cli.demo.welcome import welcome
from services.cli.failures import explained
from services.cli.initialise import initialise
from services.cli.jars import kafka_jars
from services.cli.programs import Layout, numbered
from services.cli.progress import doing, messages
from services.cli.stack import Stack, forget, record
from services.cli.supervisor import Supervisor
from shared import process
from shared.mongo import connected, database
from shared.settings import EngineSettings
from shared.telemetry import configure_logging

PROBE_TIMEOUT_MS = 1_000
"""Longest wait for MongoDB when it is asked whether a service works."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `up` was asked for; with `kafka` or `mongo` given, that engine is not started."""

    data: Path
    port: int | None = None
    kafka: str | None = None
    mongo: str | None = None
    commands: int = 1
    projectors: int = 1
    tls_cert: Path | None = None
    tls_key: Path | None = None
    demo: bool = False
    """Whether a small directory and users to log in with are imported."""
    console: Console = field(default_factory=messages)
    """Where everything is told but the one line on standard output."""


def run(options: UpOptions) -> None:
    """Run until SIGINT or SIGTERM, then stop all in order; raises `CannotStart` or `EngineError`, with nothing left."""
    if bool(options.tls_cert) != bool(options.tls_key):
        raise CannotStart("TLS needs both --tls-cert and --tls-key; give the other one too, or neither.")
    if options.port and not is_free(options.port):
        raise CannotStart(f"Port {options.port} is in use by another program; choose another with --port.")
    folder = options.data.absolute()
    with claim(folder):
        jars = () if options.kafka else kafka_jars(options.console)
        is_ready = asyncio.Event()
        with _own_log(folder):
            process.run(lambda: _run(options, folder, jars, is_ready))
        if not is_ready.is_set():
            raise CannotStart("Stopped before it was ready.")


async def _run(options: UpOptions, folder: Path, jars: Sequence[Path], is_ready: asyncio.Event) -> None:
    say = options.console.print
    ports = steady_ports(
        folder, ["kafka", "kafka-controller", "mongod", "gateway", *numbered("command", options.commands)]
    )
    engines, programs = await _engines(options, folder, jars, ports)
    layout = Layout(
        folder=folder,
        command_ports={name: ports[name] for name in numbered("command", options.commands)},
        projectors=options.projectors,
        gateway_port=options.port or ports["gateway"],
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
    )
    stack = Stack(url=layout.url, pid=os.getpid(), **engines.model_dump())
    supervisor = Supervisor(
        tell=say, changed=lambda states: record(folder, stack.model_copy(update={"processes": states}))
    )
    try:
        async with connected(engines.mongo, timeout_ms=PROBE_TIMEOUT_MS) as client:
            with doing(options.console, "starting Kafka and MongoDB"):
                await supervisor.start(programs)
                with explained(engines):
                    await initialise(engines)
            with doing(options.console, "starting the services"):
                await supervisor.start(*layout.services(engines, database(client, engines.database)))
            if options.demo:
                with doing(options.console, "importing the demo's directory and users"), explained(engines):
                    accounts = await set_up(engines)
                say(welcome(layout.url, accounts, options.tls_cert))
            is_ready.set()
            print(f"ready {layout.url}", flush=True)
            await supervisor.watch()
    finally:
        with doing(options.console, "stopping"):
            await supervisor.stop()
        forget(folder)


async def _engines(
    options: UpOptions, folder: Path, jars: Sequence[Path], ports: Mapping[str, int]
) -> tuple[EngineSettings, list[Program]]:
    """Tell where the engines are and which of them are to be started."""
    kafka, mongo, programs = options.kafka, options.mongo, []
    if kafka is None:
        from deploy.embedded.kafka import broker  # noqa: PLC0415 - needs the extra `embedded`

        kafka = broker.address(ports["kafka"])
        programs.append(await broker.program(folder, jars, ports["kafka"], ports["kafka-controller"]))
    if mongo is None:
        mongo = mongod.url(ports["mongod"])
        programs.append(mongod.program(folder, ports["mongod"]))
    return EngineSettings(kafka=kafka, mongo=mongo), programs


@contextmanager
def _own_log(folder: Path) -> Iterator[None]:
    """Keep what the libraries log out of the terminal."""
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / "up.log").open("a") as log:
        configure_logging("up", log)
        yield
