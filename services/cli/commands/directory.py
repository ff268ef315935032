"""`ticketstream directory`."""

import asyncio

import typer

from services.cli import options
from services.cli.failures import explained
from services.cli.imports import import_directory, summary
from services.cli.stack import find

app = typer.Typer(no_args_is_help=True)


@app.callback()
def directory() -> None:
    """Agencies, patrimonies, providers and operators."""


@app.command("import")
def import_file(
    file: options.ImportFile,
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Import agencies, patrimonies, providers and operators: all of FILE, or nothing when an entry is wrong.

    FILE is a JSON object of lists: agencies, patrimonies, providers, operators. An entry takes the place of the one
    with its uid; one with "removed": true removes it. Returns when every running service knows.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        changed = asyncio.run(import_directory(engines, file.read()))
    typer.echo(summary(changed))
