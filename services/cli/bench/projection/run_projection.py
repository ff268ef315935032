"""`ticketstream bench projection`: how fast a projector catches up, next to a raw bulk write."""

from collections.abc import Sequence
from functools import partial
from statistics import median

from rich.console import Console
from rich.table import Table

from services.cli.bench import rounds
from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import fill
from services.cli.bench.harness import Benchmark, steps
from services.cli.bench.projection.catching_up import Round, measure_round, on_known_tickets, on_new_tickets
from services.cli.bench.report import Report, Result, at_least, figures_table
from services.cli.bench.watched_topic import watched

OF_RAW_KNOWN, OF_RAW_NEW = 0.9, 0.45
"""Targets: the projector's speed as a share of the raw write's, on tickets that the views have and on new ones."""


def benchmark(*, tickets: int, events: int) -> Benchmark:
    """Return the benchmark that loads `tickets`, then catches up with `events` in each round."""
    return Benchmark(partial(_measure, tickets=tickets, events=events))


async def _measure(stack: BenchStack, console: Console, *, tickets: int, events: int) -> Report:
    async with watched(stack.engines) as topic:
        portfolio = await fill(stack.engines, stack.db, tickets, console)
        topic.expected = await topic.length()
        known, new = [], []
        first = tickets
        console.print(f"measuring {2 * rounds.ROUNDS} rounds of {events:,} events …")
        with steps(console, "measuring", 2 * rounds.ROUNDS) as done:
            for _ in range(rounds.ROUNDS):
                missed = await on_known_tickets(stack.db, portfolio, events)
                known.append(await measure_round(stack, topic, missed, are_known=True))
                done()
                missed = on_new_tickets(portfolio, first, events)
                first += len(missed)
                new.append(await measure_round(stack, topic, missed, are_known=False))
                done()
    return Report([_table(known, new)], _results(known, new))


def _table(known: Sequence[Round], new: Sequence[Round]) -> Table:
    table = figures_table("events on", "round", "projector, events/s", "raw bulk write, events/s")
    for name, measured in (("known tickets", known), ("new tickets", new)):
        for number, one in enumerate(measured, 1):
            table.add_row(name, str(number), f"{one.ours:,.0f}", f"{one.raw:,.0f}")
    return table


def _results(known: Sequence[Round], new: Sequence[Round]) -> list[Result]:
    return [
        at_least("projector / raw, known tickets", median(one.ours / one.raw for one in known), OF_RAW_KNOWN),
        at_least("projector / raw, new tickets", median(one.ours / one.raw for one in new), OF_RAW_NEW),
    ]
