"""`ticketstream status`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from services.cli import options
from services.cli.local.stack import find
from services.cli.status.overview import look_at
from services.cli.status.status_text import show


def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Show the running processes and how far the views are behind the event store.

    The lag is the number of stored events that are not applied to the views yet, and the age of the oldest of them.
    """
    found = asyncio.run(look_at(find(data, kafka, mongo)))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        show(found, Console())
