"""A benchmark as a program: a folder of its own that is gone afterwards, progress while it runs, tables at the end."""

import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.cli.bench.failure import BenchFailed
from services.cli.failures import ANSWERS
from services.cli.progress_bar import messages
from shared import process

PIPED_WIDTH = 140
"""Columns of the tables where no terminal says how many it has."""

Measure = Callable[[Path, Console], Awaitable[Sequence[Table]]]
"""Starts everything with files in a folder, measures, stops everything, and gives the tables; tells how far it is."""


def run(measure: Measure) -> None:
    """Measure in a new folder, and show the tables.

    Results go to standard output, progress to standard error. Raises `BenchFailed` with nothing left running; the
    folder with the logs stays then, unless the user stopped it.
    """
    folder = Path(mkdtemp(prefix="ticketstream-bench-"))
    tables: list[Table] = []

    async def measured() -> None:
        tables.extend(await measure(folder, messages()))

    try:
        process.run(measured)
    except ANSWERS as failure:
        raise BenchFailed(f"The benchmark failed: {failure}\nThe logs are in {folder / 'logs'}.") from failure
    shutil.rmtree(folder)
    if not tables:
        raise BenchFailed("The benchmark was stopped before its end.")
    results = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for number, table in enumerate(tables):
        if number:
            results.print()
        results.print(table)


def bar(progress: Console) -> Progress:
    """Give a bar that is drawn between loads alone: whatever this process does would count against the servers."""
    return Progress(console=progress, transient=True, auto_refresh=False, disable=not progress.is_terminal)
