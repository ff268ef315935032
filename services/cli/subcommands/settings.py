"""`ticketstream settings`."""

from typing import Annotated

import typer


def settings(*, as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> None:
    """List every setting of the services and the compose files.

    A setting is an environment variable, or a file in the folder TICKETSTREAM_SECRETS_DIR. The file is named like the
    variable, in lower case. Keep secrets in files. The variable takes precedence.
    """
    import orjson
    from rich.console import Console

    from services.cli import settings_table

    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in settings_table.settings()], option=orjson.OPT_INDENT_2))
    else:
        console = Console()
        for table in settings_table.tables():
            console.print(table, "")
