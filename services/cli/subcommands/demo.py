"""`ticketstream demo`."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.stop_signals import ending_at_once


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="An empty data folder; a temporary folder by default.", metavar="DIR"),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the data folder at the end.")] = False,
) -> None:
    """Start a separate stack, play one ticket's life over HTTP, show the views, and stop the stack.

    The line of each command shows how long after its answer the view showed its event.
    """
    with ending_at_once():
        from services.cli.demo.demonstration import run

    run(data, keep=keep)
