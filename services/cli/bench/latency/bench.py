"""The benchmark of visibility, put together."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.cli.bench.latency.visibility import Delays, delays, highest_rate
from services.cli.bench.load import percentile
from services.cli.bench.loading import applied, load
from services.cli.bench.park import park
from services.cli.bench.run import bar
from services.cli.bench.stack import Stack, Wanted, running
from services.cli.bench.verdicts import at_most, verdicts
from services.cli.failures import explained
from services.cli.progress_bar import counted
from shared.clock import utc_now

CALM = 50.0
"""Commands a second."""
BUSY = 1 / 3
"""Of the highest rate."""
CALM_P50_MS, CALM_P99_MS, BUSY_P50_MS = 15.0, 50.0, 50.0
RATE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Bench:
    """How many tickets to load, how long a rate is kept up, and engines that run already where given."""

    tickets: int
    seconds: float
    kafka: str | None = None
    mongo: str | None = None

    async def measure(self, folder: Path, progress: Console) -> list[Table]:
        """Start everything, load, measure, stop everything; raises one of `ANSWERS`."""
        async with AsyncExitStack() as closing:
            wanted = Wanted(folder, self.kafka, self.mongo, projectors=1)
            stack = await closing.enter_async_context(running(wanted, progress))
            closing.enter_context(explained(stack.engines))
            with counted(progress, "loading tickets") as told:
                await load(stack.engines, stack.db, park(self.tickets, utc_now().date()), told)
            progress.print(f"measuring for {2 * self.seconds + RATE_SECONDS:.0f} seconds and some more …")
            with bar(progress) as drawn:
                task = drawn.add_task("measuring", total=3)
                calm = await delays(stack, CALM, self.seconds)
                drawn.update(task, advance=1, refresh=True)
                highest = await highest_rate(stack, RATE_SECONDS)
                await _settled(stack)
                drawn.update(task, advance=1, refresh=True)
                busy = await delays(stack, highest * BUSY, self.seconds)
                drawn.update(task, advance=1, refresh=True)
        return [times(calm, busy, highest), promises(calm, busy)]


async def _settled(stack: Stack) -> None:
    """Wait until the views have everything that is stored."""
    await applied(stack.db, await stack.db.events.count_documents({}))


def times(calm: Delays, busy: Delays, highest: float) -> Table:
    """Show how long commands took to show, at both rates."""
    table = Table("commands/s", "commands", "p50 ms", "p99 ms", box=None)
    for column in table.columns:
        column.justify = "right"
    for found in (calm, busy):
        p50, p99 = (1_000 * percentile(found.seconds, percent) for percent in (50, 99))
        table.add_row(f"{found.rate:,.0f}", str(len(found.seconds)), f"{p50:.1f}", f"{p99:.1f}")
    table.caption = f"{highest:,.0f} commands/s are the highest rate"
    return table


def promises(calm: Delays, busy: Delays) -> Table:
    """Show what is promised next to what was reached."""
    table = verdicts()
    at_most(table, "answer to list, calm, p50", 1_000 * percentile(calm.seconds, 50), CALM_P50_MS, unit=" ms")
    at_most(table, "answer to list, calm, p99", 1_000 * percentile(calm.seconds, 99), CALM_P99_MS, unit=" ms")
    at_most(table, "answer to list, busy, p50", 1_000 * percentile(busy.seconds, 50), BUSY_P50_MS, unit=" ms")
    at_most(table, "answer to list, busy, p99", 1_000 * percentile(busy.seconds, 99), None, unit=" ms")
    return table
