"""Tables in the output of commands."""

import re
from io import StringIO

from rich.console import Console
from rich.table import Table


def printed(table: Table) -> list[list[str]]:
    """Return the cells of each line without empty ones."""
    console = Console(file=StringIO(), width=200)
    console.print(table)
    assert isinstance(console.file, StringIO)
    return [re.split(r"\s{2,}", line.strip()) for line in console.file.getvalue().splitlines()]


def verdict(rows: list[list[str]], what: str) -> str:
    """Return the last cell of the one line that begins with `what`."""
    (row,) = [row for row in rows if row[0].startswith(what)]
    return row[-1]
