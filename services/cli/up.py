"""The work of `ticketstream up`: runs Kafka, MongoDB and the services as child processes, until a signal stops it."""

import asyncio
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO, TextIOWrapper
from pathlib import Path

from rich.console import Console

from deploy.embedded.data_folder import claim, closed_to_others, objection, steady_ports, written_in
from deploy.embedded.log_files import keep_short
from deploy.embedded.start_error import StartError
from services.cli.demo.filling import fill_in
from services.cli.demo.setup import Account, set_up
from services.cli.demo.welcome import welcome
from services.cli.exit_status import explained
from services.cli.initialise import initialise
from services.cli.local.engine_programs import PORTS, engine_programs
from services.cli.local.fetch_kafka import kafka_jars
from services.cli.local.programs import Layout, numbered
from services.cli.local.stack import Stack, StackFile, remove_stack
from services.cli.local.supervisor import Supervisor
from services.cli.progress_bar import doing, messages
from shared.explained_error import ExplainedError
from shared.mongo import connected, database
from shared.process import lifecycle
from shared.process.settings import EngineSettings, unusable
from shared.telemetry import configure_logging

LOGS = "logs"
"""Folder of the log files, inside the data folder."""
PROBE_TIMEOUT_MS = 1_000
"""Timeout of the query to MongoDB whether a service has written its heartbeat."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """The options of `up`; an engine named by `kafka` or `mongo` is not started."""

    data: Path
    port: int | None = None
    kafka: str | None = None
    mongo: str | None = None
    commands: int = 1
    projectors: int = 1
    tls_cert: Path | None = None
    tls_key: Path | None = None
    demo: bool = False
    """Whether to import a directory and users to log in with."""
    demo_tickets: int = 0
    """With `demo`: how many tickets to fill in once everything is ready."""
    console: Console = field(default_factory=messages)
    """Receives all messages except the line `ready URL`, which goes to standard output."""


def run(options: UpOptions) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, then stop all child processes.

    Raises `StartError` or `EngineError` when nothing is left running.
    """
    if options.port and (reason := objection(options.port)):
        raise StartError(f"Port {options.port} cannot be listened on ({reason}); choose another with --port.")
    _check_certificate(options.tls_cert, options.tls_key)
    folder = options.data.absolute()
    with claim(folder):
        jars = () if options.kafka else kafka_jars(options.console, folder)
        is_ready = asyncio.Event()
        try:
            with closed_to_others(), _own_log(folder):
                lifecycle.run(lambda: _run(options, folder, jars, is_ready))
        finally:
            remove_stack(folder)
        if not is_ready.is_set():
            raise StartError("Stopped before it was ready.")


def _check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Raise `StartError` unless the gateway can use both files, or both are None."""
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise StartError("TLS needs both --tls-cert and --tls-key; give both, or neither.")
    if objection := unusable(certificate, key):
        raise StartError(
            f"The certificate {certificate} cannot be used with the key {key} ({objection}); "
            "give a PEM certificate and its unencrypted key with --tls-cert and --tls-key."
        )


async def _run(options: UpOptions, folder: Path, jars: Sequence[Path], is_ready: asyncio.Event) -> None:
    say = options.console.print
    commands, projectors = numbered("command", options.commands), numbered("projector", options.projectors)
    services = ["gateway", *commands, *projectors]
    ports = steady_ports(
        folder,
        [*PORTS, "gateway", *commands, *map(monitoring, services)],
        reserved=[options.port] if options.port else [],
    )
    kafka, mongo, programs = await engine_programs(folder, ports, jars, options.kafka, options.mongo)
    engines = EngineSettings(kafka=kafka, mongo=mongo)
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
    record = StackFile(folder, stack, say)
    supervisor = Supervisor(tell=say, changed=record.change)
    supervisor.beside(record.keep(), keep_short(folder / LOGS))
    filling: list[asyncio.Task[None]] = []
    try:
        with explained(engines):
            async with connected(engines.mongo, timeout_ms=PROBE_TIMEOUT_MS) as client:
                with doing(options.console, "starting Kafka and MongoDB"):
                    await supervisor.start(programs)
                    await initialise(engines)
                with doing(options.console, "starting the services"):
                    await supervisor.start(*layout.services(engines, database(client, engines.database)))
                accounts: list[Account] = []
                if options.demo:
                    with doing(options.console, "importing the demo's directory and users"):
                        accounts = await set_up(engines)
                    say(welcome(layout.url, accounts, options.tls_cert))
                is_ready.set()
                print(f"ready {layout.url}", flush=True)
                if jars:
                    supervisor.beside(_next_start_prepared(folder, jars))
                if accounts and options.demo_tickets:
                    filling = supervisor.beside(_filled(options, engines, layout.url, accounts[0]))
                await supervisor.watch()
    finally:
        for chore in filling:  # while the services stop, it could only fail
            chore.cancel()
            await asyncio.wait([chore])
        with doing(options.console, "stopping"):
            await supervisor.stop()


def monitoring(service: str) -> str:
    """Return the name of the port of a service's monitoring endpoints."""
    return f"{service}-monitoring"


async def _filled(options: UpOptions, engines: EngineSettings, url: str, operator: Account) -> None:
    """Fill in the demonstration's tickets. The platform goes on without them if that fails."""
    trusted = _only(options.tls_cert) if options.tls_cert else None
    try:
        await fill_in(engines, url, operator, tickets=options.demo_tickets, console=options.console, trusted=trusted)
    except ExplainedError as failure:
        options.console.print(f"Tickets are missing: {failure}\nThe next `up --demo` fills them in.")


def _only(certificate: Path) -> ssl.SSLContext:
    """Return what trusts this certificate alone. The stack's own address need not be in it."""
    trusted = ssl.create_default_context(cafile=certificate)
    trusted.check_hostname = False
    trusted.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return trusted


async def _next_start_prepared(folder: Path, jars: Sequence[Path]) -> None:
    from deploy.embedded.kafka import broker  # noqa: PLC0415 - needs the extra `embedded`

    await broker.prepare_next_start(folder, jars)


@contextmanager
def _own_log(folder: Path) -> Iterator[None]:
    """Write the libraries' log lines to `up.log` instead of the terminal."""
    with written_in(folder):
        (folder / LOGS).mkdir(exist_ok=True)
        file = FileIO(folder / LOGS / "up.log", "a")
    with TextIOWrapper(file, write_through=True) as log:  # nothing is buffered, or closing would fail on a full disk
        configure_logging("up", log)
        yield
