"""Options and arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from shared.process.settings import bootstrap, from_file, mongo_url
from shared.process.variable_names import variable


def _setting(name: str, read: Callable[[str], str]) -> Callable[[str | None], str | None]:
    """Return a callback that checks an option with `read`.

    When neither the option nor its variable is given, the callback reads the setting's file.
    """

    def given(text: str | None) -> str | None:
        try:
            found = text or from_file(name)
            return read(found) if found else None
        except ValueError as refusal:
            raise typer.BadParameter(f"{refusal}.") from refusal

    return given


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
        callback=_setting("kafka", bootstrap),
    ),
]
Mongo = Annotated[
    str | None,
    typer.Option(
        "--mongo",
        envvar=variable("mongo"),
        help="URL of a running MongoDB replica set.",
        metavar="URL",
        callback=_setting("mongo", mongo_url),
    ),
]
ImportFile = Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="A JSON file; - is standard input.")]

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check FILE and count what it would change, but change nothing.")
]

DEFAULT_DATA = Path(".ticketstream")
