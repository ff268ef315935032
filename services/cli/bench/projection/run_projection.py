"""`ticketstream bench projection`: how fast a projector catches up, next to a raw bulk write."""

from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import fill
from services.cli.bench.harness import steps
from services.cli.bench.projection.catching_up import Round, measure_round, on_known_tickets, on_new_tickets
from services.cli.bench.report_tables import at_least, figures_table, targets_table
from services.cli.bench.watched_topic import watched

ROUNDS = 3
OF_RAW_KNOWN, OF_RAW_NEW = 0.9, 0.45
"""Targets: the projector's speed as a share of the raw write's, on tickets that the views have and on new ones."""


async def measure(stack: BenchStack, console: Console, *, tickets: int, events: int) -> list[Table]:
    """Load `tickets`, then catch up with `events` in each round; return the report's tables.

    Raises `ExplainedError`.
    """
    async with watched(stack.engines) as topic:
        portfolio = await fill(stack.engines, stack.db, tickets, console)
        topic.expected = await topic.length()
        known, new = [], []
        first = tickets
        console.print(f"measuring {2 * ROUNDS} rounds of {events:,} events …")
        with steps(console, "measuring", 2 * ROUNDS) as done:
            for _ in range(ROUNDS):
                missed = await on_known_tickets(stack.db, portfolio, events)
                known.append(await measure_round(stack, topic, missed, are_known=True))
                done()
                missed = on_new_tickets(portfolio, first, events)
                first += len(missed)
                new.append(await measure_round(stack, topic, missed, are_known=False))
                done()
    return [_table(known, new), _targets(known, new)]


def _table(known: Sequence[Round], new: Sequence[Round]) -> Table:
    table = figures_table("events on", "round", "projector, events/s", "raw bulk write, events/s")
    for name, rounds in (("known tickets", known), ("new tickets", new)):
        for number, one in enumerate(rounds, 1):
            table.add_row(name, str(number), f"{one.ours:,.0f}", f"{one.raw:,.0f}")
    return table


def _targets(known: Sequence[Round], new: Sequence[Round]) -> Table:
    table = targets_table()
    at_least(table, "projector / raw, known tickets", median(one.ours / one.raw for one in known), OF_RAW_KNOWN)
    at_least(table, "projector / raw, new tickets", median(one.ours / one.raw for one in new), OF_RAW_NEW)
    return table
