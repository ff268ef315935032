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
