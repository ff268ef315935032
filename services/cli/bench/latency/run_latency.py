"""`ticketstream bench latency`: the time from the answer to a command until the views show its event."""

from rich.console import Console
from rich.table import Table

from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import fill, wait_until_all_applied
from services.cli.bench.harness import steps
from services.cli.bench.latency.visibility import Delays, delays, highest_rate
from services.cli.bench.load_generator import percentile
from services.cli.bench.report_tables import at_most, figures_table, targets_table

CALM = 50.0
"""Commands a second at the calm rate."""
BUSY = 1 / 3
"""The busy rate, as a share of the highest rate."""
CALM_P50_MS, CALM_P99_MS, BUSY_P50_MS = 15.0, 50.0, 50.0
"""Targets."""
RATE_SECONDS = 3.0
"""How long the highest rate is measured."""


async def measure(stack: BenchStack, console: Console, *, tickets: int, seconds: float) -> list[Table]:
    """Load `tickets`, then send at each rate for `seconds`; return the report's tables. Raises `ExplainedError`."""
    await fill(stack.engines, stack.db, tickets, console)
    console.print(f"measuring for {2 * seconds + RATE_SECONDS:.0f} seconds and some more …")
    with steps(console, "measuring", 3) as done:
        calm = await delays(stack, CALM, seconds)
        done()
        highest = await highest_rate(stack, RATE_SECONDS)
        await wait_until_all_applied(stack.db)
        done()
        busy = await delays(stack, highest * BUSY, seconds)
        done()
    return [_table(calm, busy, highest), _targets(calm, busy)]


def _table(calm: Delays, busy: Delays, highest: float) -> Table:
    table = figures_table("commands/s", "commands", "p50 ms", "p99 ms", texts=0)
    for found in (calm, busy):
        p50, p99 = (1_000 * percentile(found.seconds, percent) for percent in (50, 99))
        table.add_row(f"{found.rate:,.0f}", str(len(found.seconds)), f"{p50:.1f}", f"{p99:.1f}")
    table.caption = f"{highest:,.0f} commands/s are the highest rate"
    return table


def _targets(calm: Delays, busy: Delays) -> Table:
    table = targets_table()
    at_most(table, "answer to list, calm, p50", 1_000 * percentile(calm.seconds, 50), CALM_P50_MS, unit=" ms")
    at_most(table, "answer to list, calm, p99", 1_000 * percentile(calm.seconds, 99), CALM_P99_MS, unit=" ms")
    at_most(table, "answer to list, busy, p50", 1_000 * percentile(busy.seconds, 50), BUSY_P50_MS, unit=" ms")
    at_most(table, "answer to list, busy, p99", 1_000 * percentile(busy.seconds, 99), None, unit=" ms")
    return table
