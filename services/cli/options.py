"""The options that several commands share."""

import re
from pathlib import Path
from typing import Annotated

import typer


def _address(text: str | None) -> str | None:
    """Refuse what the Kafka client would stumble over."""
    if text and not re.fullmatch(r"[^\s,]+:[0-9]+(,[^\s,]+:[0-9]+)*", text):
        raise typer.BadParameter(f"{text} is not HOST:PORT.")
    return text


Data = Annotated[Path, typer.Option("--data", envvar="TICKETSTREAM_DATA", help="The data folder.", metavar="DIR")]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        envvar="TICKETSTREAM_KAFKA",
        help="A Kafka that runs already.",
        metavar="HOST:PORT",
        callback=_address,
    ),
]
Mongo = Annotated[
    str | None,
    typer.Option(
        "--mongo", envvar="TICKETSTREAM_MONGO", help="A MongoDB replica set that runs already.", metavar="URL"
    ),
]
ImportFile = Annotated[
    typer.FileBinaryRead, typer.Argument(metavar="FILE", help="A JSON file; - reads standard input.")
]

DEFAULT_DATA = Path(".ticketstream")
