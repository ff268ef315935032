"""`ticketstream status`."""

import asyncio
from typing import Annotated

import typer

from services.cli import options


def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Show what runs, how far the views are behind the event store, and what is wrong.

    The lag is the number of stored events that are not applied to the views yet, and the age of the oldest of them.

    The exit status is 0 if all is well and 1 if something is wrong. If Kafka or MongoDB is away, the command says so
    and shows the rest, within some five seconds.
    """
    from rich.console import Console

    from services.cli.local.stack import find
    from services.cli.status.overview import look_at
    from services.cli.status.status_text import show

    found = asyncio.run(look_at(find(data, kafka, mongo)))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        show(found, Console())
    if not found.ok:
        raise typer.Exit(1)
