"""Tables as a user sees them."""

import re
from io import StringIO

from rich.console import Console
from rich.table import Table


def printed(table: Table) -> list[list[str]]:
    """Give the cells of each line, empty ones left out."""
    console = Console(file=StringIO(), width=200)
    console.print(table)
    assert isinstance(console.file, StringIO)
    return [re.split(r"\s{2,}", line.strip()) for line in console.file.getvalue().splitlines()]


def verdict(rows: list[list[str]], what: str) -> str:
    """Give the last cell of the one line that begins with `what`."""
    (row,) = [row for row in rows if row[0].startswith(what)]
    return row[-1]
