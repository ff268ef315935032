"""Common code of benchmarks: starts a stack in a temporary folder, shows progress, stops all, prints the report."""

import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import BenchStack, StackOptions, running
from services.cli.bench.report import Report
from services.cli.progress_bar import messages
from shared.explained_error import ExplainedError
from shared.process import lifecycle

PIPED_WIDTH = 140
"""Width of the tables in columns when standard output is not a terminal."""

Measure = Callable[[BenchStack, Console], Awaitable[Report]]
"""Measures on a running stack and returns the report; it shows its progress on the console."""
Input = TypeVar("Input")
Cost = TypeVar("Cost")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """How to measure, and on which stack: the number of projectors, the programs that the platform is compared with."""

    measure: Measure
    projectors: int = 1
    contenders: Sequence[str] = ()


def measured(benchmark: Benchmark, kafka: str | None = None, mongo: str | None = None) -> Report:
    """Start a stack, measure on it, stop it, and return the report.

    `kafka` and `mongo` name engines that run already; an engine that is None is started. Progress goes to standard
    error. Raises `BenchError` when nothing is left running; the folder with the logs then stays, unless the user
    stopped the benchmark.
    """
    folder = Path(mkdtemp(prefix="ticketstream-bench-"))
    console = messages()
    reports: list[Report] = []

    async def run() -> None:
        options = StackOptions(folder, kafka, mongo, benchmark.projectors, benchmark.contenders)
        async with running(options, console) as stack:
            report = await benchmark.measure(stack, console)
        reports.append(report)

    try:
        lifecycle.run(run)
    except ExplainedError as failure:
        raise BenchError(f"The benchmark failed: {failure}\nThe logs are in {folder / 'logs'}.") from failure
    shutil.rmtree(folder)
    if not reports:
        raise BenchError("The benchmark was stopped before its end.")
    return reports[0]


def show(report: Report) -> None:
    """Print the tables of a report to standard output."""
    results = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for number, table in enumerate(report.tables):
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
