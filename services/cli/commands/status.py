"""`ticketstream status`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from services.cli import options
from services.cli.stack import find
from services.cli.status import look_at
from services.cli.status_text import show


def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Tell what runs, and how far the views are behind the events.

    The lag counts the events that are stored and not applied to the views, and tells how long ago the oldest of them
    was received.
    """
    found = asyncio.run(look_at(find(data, kafka, mongo)))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        show(found, Console())
