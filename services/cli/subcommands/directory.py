"""`ticketstream directory`."""

import asyncio
from typing import Annotated, Literal

import typer

from services.cli import options

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
    from services.cli.exit_status import explained
    from services.cli.imports.directory import import_directory
    from services.cli.imports.entry_files import read_file
    from services.cli.imports.import_report import show
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        imported = asyncio.run(import_directory(engines, read_file(file), dry_run=dry_run))
    show(imported, dry_run=dry_run)


@app.command("list")
def list_entries(
    kind: Annotated[
        Literal["agencies", "patrimonies", "providers", "operators"] | None,
        typer.Argument(help="Only entries of this kind."),
    ] = None,
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """List the entries of the directory: a line for each, with its uid and its name. Removed entries are left out."""
    from services.cli.exit_status import explained
    from services.cli.imports.directory import read_directory
    from services.cli.imports.directory_list import listed
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        directory = asyncio.run(read_directory(engines))
    for line in listed(directory, kind):
        typer.echo(line)


@app.command("export")
def export(
    file: Annotated[
        typer.FileBinaryWrite, typer.Argument(metavar="FILE", help="The file to write; - is standard output.")
    ],
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Write the directory as a file that `directory import` reads. Removed entries are left out.

    Importing the file again changes nothing. FILE is only written once the whole directory is read.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.directory import read_directory
    from services.cli.imports.directory_list import exported
    from services.cli.imports.entry_files import MEBIBYTES
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        content = exported(asyncio.run(read_directory(engines)))
    file.write(content)
    if len(content) > MEBIBYTES * 2**20:
        typer.echo(f"the file has more than {MEBIBYTES} MiB; `directory import` reads it in several parts", err=True)
