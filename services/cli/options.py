"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path, typer.Option("--data", envvar="TICKETSTREAM_DATA", help="The data folder.", metavar="DIR", file_okay=False)
]
Kafka = Annotated[
    str | None,
    typer.Option("--kafka", envvar="TICKETSTREAM_KAFKA", help="A Kafka that runs already.", metavar="HOST:PORT"),
]
Mongo = Annotated[
    str | None,
    typer.Option(
        "--mongo", envvar="TICKETSTREAM_MONGO", help="A MongoDB replica set that runs already.", metavar="URL"
    ),
]

DEFAULT_DATA = Path(".ticketstream")
