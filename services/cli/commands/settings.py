"""`ticketstream settings`."""

from typing import Annotated

import orjson
import typer
from rich.console import Console

from services.cli import settings_table


def settings(*, as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead.")] = False) -> None:
    """List every setting of the services: environment variables, or files of the same name in lower case.

    A file is looked for in TICKETSTREAM_SECRETS_DIR, where secrets are best kept; the variable goes first.
    """
    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in settings_table.settings()], option=orjson.OPT_INDENT_2))
    else:
        console = Console()
        for table in settings_table.tables():
            console.print(table, "")
