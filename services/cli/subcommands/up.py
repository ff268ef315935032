"""`ticketstream up`."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli import options
from services.cli.stop_signals import ending_at_once


def up(
    *,
    data: options.Data = options.DEFAULT_DATA,
    port: Annotated[
        int | None, typer.Option(help="The gateway's port; a free port by default.", min=1, max=65535)
    ] = None,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
    commands: Annotated[int, typer.Option(help="Number of command services.", min=1)] = 1,
    projectors: Annotated[int, typer.Option(help="Number of projectors.", min=1)] = 1,
    tls_cert: Annotated[Path | None, typer.Option(help="File with the gateway's certificate, in PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="File with the certificate's private key, in PEM.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Import a directory and users, show how to log in, and fill in tickets.")
    ] = False,
    demo_tickets: Annotated[
        int,
        typer.Option(help="With --demo: number of tickets to fill in.", min=0, max=options.MOST_DEMO_TICKETS),
    ] = options.DEMO_TICKETS,
) -> None:
    """Run Kafka, MongoDB and all services in the foreground until Ctrl-C.

    The command prints `ready URL` when every process answers. With --kafka or --mongo, it uses a running engine
    instead of starting its own.
    """
    with ending_at_once():
        from services.cli.up import UpOptions, run

    run(UpOptions(data, port, kafka, mongo, commands, projectors, tls_cert, tls_key, demo, demo_tickets))
