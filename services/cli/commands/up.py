"""`ticketstream up`."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli import options
from services.cli.up import UpOptions, run


def up(
    *,
    data: options.Data = options.DEFAULT_DATA,
    port: Annotated[
        int | None, typer.Option(help="The gateway's port; a free one by default.", min=1, max=65535)
    ] = None,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
    commands: Annotated[int, typer.Option(help="How many command services run.", min=1)] = 1,
    projectors: Annotated[int, typer.Option(help="How many projectors run.", min=1)] = 1,
    tls_cert: Annotated[Path | None, typer.Option(help="The gateway's certificate, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Import a small directory and users, and say how to log in.")
    ] = False,
) -> None:
    """Run everything in the foreground until Ctrl-C; prints `ready URL` when every part answers."""
    run(UpOptions(data, port, kafka, mongo, commands, projectors, tls_cert, tls_key, demo))
