"""The options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from shared.settings import bootstrap, from_file, mongo_url


def _setting(name: str, read: Callable[[str], str]) -> Callable[[str | None], str | None]:
    """Refuse what `read` does; without the option and its variable the setting's file is looked for."""

    def given(text: str | None) -> str | None:
        try:
            found = text or from_file(name)
            return read(found) if found else None
        except ValueError as refusal:
            raise typer.BadParameter(f"{refusal}.") from refusal

    return given


Data = Annotated[Path, typer.Option("--data", envvar="TICKETSTREAM_DATA", help="The data folder.", metavar="DIR")]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        envvar="TICKETSTREAM_KAFKA",
        help="A Kafka that runs already.",
        metavar="HOST:PORT",
        callback=_setting("kafka", bootstrap),
    ),
]
Mongo = Annotated[
    str | None,
    typer.Option(
        "--mongo",
        envvar="TICKETSTREAM_MONGO",
        help="A MongoDB replica set that runs already.",
        metavar="URL",
        callback=_setting("mongo", mongo_url),
    ),
]
ImportFile = Annotated[
    typer.FileBinaryRead, typer.Argument(metavar="FILE", help="A JSON file; - reads standard input.")
]

DEFAULT_DATA = Path(".ticketstream")
