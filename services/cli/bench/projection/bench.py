"""The benchmark of catching up, put together."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from services.cli.bench.loading import load
from services.cli.bench.park import park
from services.cli.bench.projection.catching_up import Round, measure, on_known_tickets, on_new_tickets
from services.cli.bench.run import bar
from services.cli.bench.stack import Wanted, running
from services.cli.bench.topic import watched
from services.cli.bench.verdicts import at_least, verdicts
from services.cli.failures import explained
from services.cli.progress_bar import counted
from shared.clock import utc_now

ROUNDS = 3
OF_RAW_KNOWN, OF_RAW_NEW = 0.9, 0.45


@dataclass(frozen=True, slots=True)
class Bench:
    """How many tickets to load, how many events a round has, and engines that run already where given."""

    tickets: int
    events: int
    kafka: str | None = None
    mongo: str | None = None

    async def measure(self, folder: Path, progress: Console) -> list[Table]:
        """Start everything, load, measure, stop everything; raises one of `ANSWERS`."""
        async with AsyncExitStack() as closing:
            wanted = Wanted(folder, self.kafka, self.mongo, projectors=1)
            stack = await closing.enter_async_context(running(wanted, progress))
            closing.enter_context(explained(stack.engines))
            topic = await closing.enter_async_context(watched(stack.engines))
            laid_out = park(self.tickets, utc_now().date())
            with counted(progress, "loading tickets") as told:
                topic.expected = await load(stack.engines, stack.db, laid_out, told)
            known, new = [], []
            first = self.tickets
            progress.print(f"measuring {2 * ROUNDS} rounds of {self.events:,} events …")
            with bar(progress) as drawn:
                task = drawn.add_task("measuring", total=2 * ROUNDS)
                for _ in range(ROUNDS):
                    missed = await on_known_tickets(stack.db, laid_out, self.events)
                    known.append(await measure(stack, topic, missed, are_known=True))
                    drawn.update(task, advance=1, refresh=True)
                    missed = on_new_tickets(laid_out, first, self.events)
                    first += len(missed)
                    new.append(await measure(stack, topic, missed, are_known=False))
                    drawn.update(task, advance=1, refresh=True)
        return [speeds(known, new), promises(known, new)]


def speeds(known: list[Round], new: list[Round]) -> Table:
    """Show what each round reached."""
    table = Table("events on", "round", "projector, events/s", "raw bulk write, events/s", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, rounds in (("known tickets", known), ("new tickets", new)):
        for number, one in enumerate(rounds, 1):
            table.add_row(name, str(number), f"{one.ours:,.0f}", f"{one.raw:,.0f}")
    return table


def promises(known: list[Round], new: list[Round]) -> Table:
    """Show the medians of the rounds' ratios next to what is promised."""
    table = verdicts()
    at_least(table, "projector / raw, known tickets", median(one.ours / one.raw for one in known), OF_RAW_KNOWN)
    at_least(table, "projector / raw, new tickets", median(one.ours / one.raw for one in new), OF_RAW_NEW)
    return table
