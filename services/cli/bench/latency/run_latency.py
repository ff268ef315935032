"""`ticketstream bench latency`: the time from the answer to a command until the views show its event."""

from collections.abc import Sequence
from functools import partial
from statistics import median

from rich.console import Console
from rich.table import Table

from services.cli.bench import rounds
from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import fill, wait_until_all_applied
from services.cli.bench.harness import Benchmark, steps
from services.cli.bench.latency.visibility import Delays, delays, highest_rate
from services.cli.bench.report import Report, Result, at_most, figures_table
from services.cli.bench.rounds import median_percentile

CALM = 50.0
"""Commands a second at the calm rate."""
BUSY = 1 / 3
"""The busy rate, as a share of the highest rate."""
CALM_P50_MS, CALM_P99_MS, BUSY_P50_MS = 8.0, 25.0, 35.0
"""Targets."""
RATE_SECONDS = 3.0
"""How long the highest rate is measured in each round."""


def benchmark(*, tickets: int, seconds: float) -> Benchmark:
    """Return the benchmark that loads `tickets`, then sends at each rate for `seconds` in each round."""
    return Benchmark(partial(_measure, tickets=tickets, seconds=seconds))


async def _measure(stack: BenchStack, console: Console, *, tickets: int, seconds: float) -> Report:
    await fill(stack.engines, stack.db, tickets, console)
    console.print(f"measuring for {rounds.ROUNDS * (2 * seconds + RATE_SECONDS):.0f} seconds and some more …")
    rates, calm, busy = [], [], []
    with steps(console, "measuring", 3 * rounds.ROUNDS) as done:
        for _ in range(rounds.ROUNDS):
            rates.append(await highest_rate(stack, RATE_SECONDS))
            await wait_until_all_applied(stack.db)
            done()
        for _ in range(rounds.ROUNDS):
            calm.append(await delays(stack, CALM, seconds))
            done()
            busy.append(await delays(stack, median(rates) * BUSY, seconds))
            done()
    return Report([_table(calm, busy, median(rates))], _results(calm, busy))


def _table(calm: Sequence[Delays], busy: Sequence[Delays], highest: float) -> Table:
    table = figures_table("commands/s", "commands", "p50 ms", "p99 ms", texts=0)
    for measured in (calm, busy):
        count = sum(len(one.seconds) for one in measured)
        times = (f"{_ms(measured, percent):.1f}" for percent in (50, 99))
        table.add_row(f"{median(one.rate for one in measured):,.0f}", f"{count:,}", *times)
    table.caption = f"{highest:,.0f} commands/s are the highest rate"
    return table


def _results(calm: Sequence[Delays], busy: Sequence[Delays]) -> list[Result]:
    at_calm, at_busy = f"answer to list at {CALM:g}/s", "answer to list at a third of the highest rate"
    return [
        at_most(f"{at_calm}, p50", _ms(calm, 50), CALM_P50_MS, unit=" ms"),
        at_most(f"{at_calm}, p99", _ms(calm, 99), CALM_P99_MS, unit=" ms"),
        at_most(f"{at_busy}, p50", _ms(busy, 50), BUSY_P50_MS, unit=" ms"),
        at_most(f"{at_busy}, p99", _ms(busy, 99), unit=" ms"),
    ]


def _ms(measured: Sequence[Delays], percent: int) -> float:
    return 1_000 * median_percentile((one.seconds for one in measured), percent)
