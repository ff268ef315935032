"""The benchmark of commands, put together: a stack of its own, the measurements on it, and the tables."""

import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console
from rich.progress import Progress

from services.cli.bench import relay
from services.cli.bench.commands import loads, measure
from services.cli.bench.failure import BenchFailed
from services.cli.bench.load import WARM_UP
from services.cli.bench.report import rates, ratios
from services.cli.bench.stack import running
from services.cli.bench.topic import watched
from services.cli.failures import ANSWERS, explained
from services.cli.jars import kafka_jars
from services.cli.progress import doing, messages
from shared import process

LEAST_SECONDS = 2.0
"""How long the way to the topic is timed at least."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: each number of connections for so many seconds, on engines that run already where given."""

    connections: Sequence[int]
    seconds: float
    kafka: str | None = None
    mongo: str | None = None


def run(plan: Plan) -> None:
    """Measure in a folder of its own, which is removed at the end.

    Results go to standard output, progress to standard error. Raises `BenchFailed` with nothing left running; the
    folder with the logs stays then, unless the user stopped it.
    """
    folder = Path(mkdtemp(prefix="ticketstream-bench-"))
    bench = Bench(plan, folder, messages())
    try:
        process.run(bench.measure)
    except ANSWERS as failure:
        raise BenchFailed(f"The benchmark failed: {failure}\nThe logs are in {folder / 'logs'}.") from failure
    shutil.rmtree(folder)
    if not bench.is_over:
        raise BenchFailed("The benchmark was stopped before its end.")


class Bench:
    """One run of the benchmark in a folder of its own."""

    def __init__(self, plan: Plan, folder: Path, progress: Console) -> None:
        self._plan = plan
        self._folder = folder
        self._progress = progress
        self.is_over = False
        """Whether all was measured and shown."""

    async def measure(self) -> None:
        """Start everything, measure, stop everything, show the tables; raises one of `ANSWERS`."""
        plan = self._plan
        if plan.kafka is None:
            kafka_jars(self._progress)
        async with AsyncExitStack() as closing:
            with doing(self._progress, "starting engines and servers"):
                stack = await closing.enter_async_context(running(self._folder, plan.kafka, plan.mongo))
            rounds = loads(plan.connections)
            self._progress.print(f"measuring for {rounds * (WARM_UP + plan.seconds):.0f} seconds and some more …")
            with explained(stack.engines), self._bar() as bar:
                topic = await closing.enter_async_context(watched(stack.engines))
                task = bar.add_task("measuring", total=rounds + 2)

                def done() -> None:
                    bar.update(task, advance=1, refresh=True)

                delays = await relay.delays(stack, topic, max(plan.seconds, LEAST_SECONDS))
                done()
                figures = await measure(stack, topic, plan.connections, plan.seconds, done)
                relayed = await relay.throughput(stack, topic)
                done()
        results = Console(highlight=False)
        results.print(rates(figures))
        results.print()
        results.print(ratios(figures, delays, relayed))
        self.is_over = True

    def _bar(self) -> Progress:
        """Give a bar that is drawn between loads alone: whatever this process does would count against the servers."""
        return Progress(
            console=self._progress, transient=True, auto_refresh=False, disable=not self._progress.is_terminal
        )
