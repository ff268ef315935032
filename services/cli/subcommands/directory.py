"""`ticketstream directory`."""

import asyncio

import typer

from services.cli import options
from services.cli.exit_status import explained
from services.cli.imports.apply import import_directory
from services.cli.imports.entry_files import read_file
from services.cli.imports.import_report import show
from services.cli.local.stack import find

app = typer.Typer(no_args_is_help=True)


@app.callback()
def directory() -> None:
    """Manage the directory: agencies, patrimonies, providers and operators."""


@app.command("import")
def import_file(
    file: options.ImportFile,
    *,
    dry_run: options.DryRun = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Import a directory file. If any entry of FILE is wrong, nothing is imported.

    FILE is a JSON object with the lists agencies, patrimonies, providers and operators. An entry replaces the entry
    with the same uid. An entry with "removed": true removes it; the command names entries to remove that do not exist.

    The command returns when every running service uses the new directory.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        imported = asyncio.run(import_directory(engines, read_file(file), dry_run=dry_run))
    show(imported, dry_run=dry_run)
