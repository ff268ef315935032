"""`ticketstream bench idle`: the processor time of a platform to which nobody sends anything."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table

from services.cli.bench import rounds
from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.harness import Benchmark, steps
from services.cli.bench.processor_time import processor_seconds
from services.cli.bench.report import Report, Result, at_most, figures_table

ENGINES = ("mongod", "kafka")
SETTLING = 10.0
"""Seconds after the start, in which the processes fill their caches and find each other."""
CORES = 0.05
"""Target: cores that all processes of the platform use together."""

Shares = Mapping[str, float]
"""Share of a core by process, in one round."""


def benchmark(*, seconds: float) -> Benchmark:
    """Return the benchmark of an idle platform, with rounds of `seconds`."""
    return Benchmark(partial(_measure, seconds=seconds))


async def _measure(stack: BenchStack, console: Console, *, seconds: float) -> Report:
    console.print(f"measuring for {SETTLING + rounds.ROUNDS * seconds:.0f} seconds …")
    await asyncio.sleep(SETTLING)
    measured = []
    with steps(console, "measuring", rounds.ROUNDS) as done:
        for _ in range(rounds.ROUNDS):
            measured.append(await _round(stack, seconds))
            done()
    return Report([table(measured)], results(measured))


async def _round(stack: BenchStack, seconds: float) -> Shares:
    processes = stack.programs.processes
    began, before = perf_counter(), processor_seconds(processes)
    await asyncio.sleep(seconds)
    lasted, after = perf_counter() - began, processor_seconds(processes)
    return {name: (after[name] - before[name]) / lasted for name in processes}


def table(measured: Sequence[Shares]) -> Table:
    """Return the table of processes: those of the platform, then the engines that the benchmark started."""
    shares = figures_table("process", "% of a core")
    own = [name for name in measured[0] if name not in ENGINES]
    for name in (*own, *(engine for engine in ENGINES if engine in measured[0])):
        shares.add_row(name, f"{100 * median(one[name] for one in measured):.1f}")
    return shares


def results(measured: Sequence[Shares]) -> list[Result]:
    """Return the result for the platform's own processes together, and the shares of the engines beside it."""
    own = median(sum(share for name, share in one.items() if name not in ENGINES) for one in measured)
    return [
        at_most("processes of the idle platform together", own, CORES, unit=" cores"),
        *(
            at_most(f"{engine} beside it", median(one[engine] for one in measured), unit=" cores")
            for engine in ENGINES
            if engine in measured[0]
        ),
    ]
