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
from deploy.embedded.folder import claim, objection, steady_ports
from deploy.embedded.process import Program
from services.cli.demo.setup import set_up
from services.cli.demo.welcome import welcome
from services.cli.failures import explained
from services.cli.initialise import initialise
from services.cli.jars import kafka_jars
from services.cli.programs import Layout, numbered
from services.cli.progress_bar import doing, messages
from services.cli.stack import Stack, forget, record
from services.cli.supervisor import Supervisor
from shared import process
from shared.mongo import connected, database
from shared.settings import EngineSettings, unusable
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
    if options.port and (reason := objection(options.port)):
        raise CannotStart(f"Port {options.port} can not be listened on ({reason}); choose another with --port.")
    _check_certificate(options.tls_cert, options.tls_key)
    folder = options.data.absolute()
    with claim(folder):
        jars = () if options.kafka else kafka_jars(options.console)
        is_ready = asyncio.Event()
        try:
            with _own_log(folder):
                process.run(lambda: _run(options, folder, jars, is_ready))
        finally:
            forget(folder)
        if not is_ready.is_set():
            raise CannotStart("Stopped before it was ready.")


def _check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Return when the gateway can use the two, or there is neither; raises `CannotStart`."""
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise CannotStart("TLS needs both --tls-cert and --tls-key; give the other one too, or neither.")
    if objection := unusable(certificate, key):
        raise CannotStart(
            f"The certificate {certificate} can not be used with the key {key} ({objection}); "
            "give a PEM certificate and its unencrypted key with --tls-cert and --tls-key."
        )


async def _run(options: UpOptions, folder: Path, jars: Sequence[Path], is_ready: asyncio.Event) -> None:
    say = options.console.print
    commands, projectors = numbered("command", options.commands), numbered("projector", options.projectors)
    services = ["gateway", *commands, *projectors]
    ports = steady_ports(
        folder,
        ["kafka", "kafka-controller", "mongod", "gateway", *commands, *map(monitoring, services)],
        reserved=[options.port] if options.port else [],
    )
    engines, programs = await _engines(options, folder, jars, ports)
    layout = Layout(
        folder=folder,
        command_ports={name: ports[name] for name in commands},
        projectors=options.projectors,
        gateway_port=options.port or ports["gateway"],
        monitoring_ports={name: ports[monitoring(name)] for name in services},
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
    )
    stack = Stack(url=layout.url, pid=os.getpid(), monitoring=layout.monitoring, **engines.model_dump())
    supervisor = Supervisor(
        tell=say, changed=lambda states: record(folder, stack.model_copy(update={"processes": states}))
    )
    try:
        with explained(engines):
            async with connected(engines.mongo, timeout_ms=PROBE_TIMEOUT_MS) as client:
                with doing(options.console, "starting Kafka and MongoDB"):
                    await supervisor.start(programs)
                    await initialise(engines)
                with doing(options.console, "starting the services"):
                    await supervisor.start(*layout.services(engines, database(client, engines.database)))
                if options.demo:
                    with doing(options.console, "importing the demo's directory and users"):
                        accounts = await set_up(engines)
                    say(welcome(layout.url, accounts, options.tls_cert))
                is_ready.set()
                print(f"ready {layout.url}", flush=True)
                await supervisor.watch()
    finally:
        with doing(options.console, "stopping"):
            await supervisor.stop()


def monitoring(service: str) -> str:
    """Name the port by which a service is monitored."""
    return f"{service}-monitoring"


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
