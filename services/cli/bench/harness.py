"""Common code of benchmarks: starts a stack in a temporary folder, shows progress, prints tables, stops all."""

import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import BenchStack, StackOptions, running
from services.cli.progress_bar import messages
from shared.explained_error import ExplainedError
from shared.process import lifecycle

PIPED_WIDTH = 140
"""Width of the tables in columns when standard output is not a terminal."""

Measure = Callable[[BenchStack, Console], Awaitable[Sequence[Table]]]
"""Measures on a running stack and returns the tables of its report; it shows its progress on the console."""
Input = TypeVar("Input")
Cost = TypeVar("Cost")


def run(
    measure: Measure, kafka: str | None, mongo: str | None, *, projectors: int = 1, contenders: Sequence[str] = ()
) -> None:
    """Start a stack, measure on it, stop it, and print the tables.

    `kafka` and `mongo` name engines that run already; an engine that is None is started. Tables go to standard output,
    progress to standard error. Raises `BenchError` when nothing is left running; the folder with the logs then stays,
    unless the user stopped the benchmark.
    """
    folder = Path(mkdtemp(prefix="ticketstream-bench-"))
    console = messages()
    tables: list[Table] = []

    async def measured() -> None:
        options = StackOptions(folder, kafka, mongo, projectors, contenders)
        async with running(options, console) as stack:
            report = await measure(stack, console)
        tables.extend(report)

    try:
        lifecycle.run(measured)
    except ExplainedError as failure:
        raise BenchError(f"The benchmark failed: {failure}\nThe logs are in {folder / 'logs'}.") from failure
    shutil.rmtree(folder)
    if not tables:
        raise BenchError("The benchmark was stopped before its end.")
    results = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for number, table in enumerate(tables):
        if number:
            results.print()
        results.print(table)


@contextmanager
def steps(console: Console, what: str, count: int) -> Iterator[Callable[[], None]]:
    """Show a progress bar of `count` steps; yield the function to call after each.

    The bar is drawn between two loads only: work of this process during a load would slow the measured servers.
    """
    with Progress(console=console, transient=True, auto_refresh=False, disable=not console.is_terminal) as drawn:
        task = drawn.add_task(what, total=count)
        yield lambda: drawn.update(task, advance=1, refresh=True)


async def measure_each(
    console: Console, what: str, inputs: Mapping[str, Input], cost: Callable[[Input], Awaitable[Cost]]
) -> dict[str, Cost]:
    """Return the `cost` of each of the named `inputs`, measured one after the other."""
    costs: dict[str, Cost] = {}
    with steps(console, what, len(inputs)) as done:
        for name, given in inputs.items():
            costs[name] = await cost(given)
            done()
    return costs
