"""`ticketstream demo`."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.demo.run import run


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="The data folder, which must not hold anything; a new one by default.", metavar="DIR"),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Do not remove the data folder at the end.")] = False,
) -> None:
    """Start everything in a folder of its own, play one ticket's life over HTTP, show the views, and stop.

    Each command's line tells how long after its answer the view showed its event.
    """
    run(data, keep=keep)
