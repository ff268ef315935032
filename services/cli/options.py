"""Options and arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from shared.process.variable_names import variable


def _kafka(text: str | None) -> str | None:
    from shared.process.settings import bootstrap  # noqa: PLC0415 - takes time that --help does not need

    return _checked("kafka", text, bootstrap)


def _mongo(text: str | None) -> str | None:
    from shared.process.settings import mongo_url  # noqa: PLC0415 - takes time that --help does not need

    return _checked("mongo", text, mongo_url)


def _checked(name: str, text: str | None, read: Callable[[str], str]) -> str | None:
    """Return what an option gives, or else the setting's file, checked with `read`; None without both."""
    from shared.process.settings import from_file  # noqa: PLC0415 - takes time that --help does not need

    try:
        found = text or from_file(name)
        return read(found) if found else None
    except ValueError as refusal:
        raise typer.BadParameter(f"{refusal}.") from refusal


MOST_DEMO_TICKETS, DEMO_TICKETS = 20_000, 2_000
"""Most tickets that the demonstration fills in, and their number unless the user names another."""

Data = Annotated[
    Path,
    typer.Option("--data", envvar=variable("data"), help="The data folder of `ticketstream up`.", metavar="DIR"),
]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        envvar=variable("kafka"),
        help="Address of a running Kafka.",
        metavar="HOST:PORT",
        callback=_kafka,
    ),
]
Mongo = Annotated[
    str | None,
    typer.Option(
        "--mongo",
        envvar=variable("mongo"),
        help="URL of a running MongoDB replica set.",
        metavar="URL",
        callback=_mongo,
    ),
]
ImportFile = Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="A JSON file; - is standard input.")]

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check FILE and count what it would change, but change nothing.")
]

DEFAULT_DATA = Path(".ticketstream")
