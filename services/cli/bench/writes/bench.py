"""The benchmark of commands, put together: a stack of its own, the measurements on it, and the tables."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.cli.bench.load import WARM_UP
from services.cli.bench.run import bar
from services.cli.bench.stack import Wanted, running
from services.cli.bench.topic import watched
from services.cli.bench.writes import contenders, relay
from services.cli.bench.writes.commands import BARE, PLAIN, loads, measure
from services.cli.bench.writes.report import rates, ratios
from services.cli.failures import explained
from services.cli.progress_bar import doing

LEAST_SECONDS = 2.0
"""How long the way to the topic is timed at least."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What to measure: each number of connections for so many seconds, on engines that run already where given."""

    connections: Sequence[int]
    seconds: float
    kafka: str | None = None
    mongo: str | None = None

    async def measure(self, folder: Path, progress: Console) -> list[Table]:
        """Start everything, measure, stop everything; raises one of `ANSWERS`."""
        wanted = Wanted(folder, self.kafka, self.mongo, projectors=0, contenders=(BARE, PLAIN))
        async with AsyncExitStack() as closing:
            stack = await closing.enter_async_context(running(wanted, progress))
            with doing(progress, "starting the servers it is held against"):
                others = await closing.enter_async_context(stack.apart("plain"))
                for name in (BARE, PLAIN):
                    await stack.contend(name, contenders.__name__, name, engines=others)
            rounds = loads(self.connections)
            progress.print(f"measuring for {rounds * (WARM_UP + self.seconds):.0f} seconds and some more …")
            with explained(stack.engines), bar(progress) as drawn:
                topic = await closing.enter_async_context(watched(stack.engines))
                task = drawn.add_task("measuring", total=rounds + 2)

                def done() -> None:
                    drawn.update(task, advance=1, refresh=True)

                delays = await relay.delays(stack, topic, max(self.seconds, LEAST_SECONDS))
                done()
                figures = await measure(stack, topic, self.connections, self.seconds, done)
                relayed = await relay.throughput(stack, topic)
                done()
        return [rates(figures), ratios(figures, delays, relayed)]
