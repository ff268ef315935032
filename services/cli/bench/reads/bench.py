"""The benchmark of reads, put together: a park in a stack of its own, the measurements on it, and the tables."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.cli.bench.load import WARM_UP
from services.cli.bench.loading import last_received, load
from services.cli.bench.park import park
from services.cli.bench.reads import answers, contenders, exports, report
from services.cli.bench.reads.questions import questions
from services.cli.bench.run import bar
from services.cli.bench.stack import Wanted, running
from services.cli.failures import explained
from services.cli.progress_bar import counted, doing
from shared.clock import utc_now
from shared.mongo import database


@dataclass(frozen=True, slots=True)
class Bench:
    """How many tickets to load, how each question is asked, and engines that run already where given."""

    tickets: int
    connections: Sequence[int]
    seconds: float
    kafka: str | None = None
    mongo: str | None = None

    async def measure(self, folder: Path, progress: Console) -> list[Table]:
        """Start everything, load, measure, stop everything; raises one of `ANSWERS`."""
        wanted = Wanted(folder, self.kafka, self.mongo, projectors=1, contenders=(answers.PAGE, exports.MODELS))
        async with AsyncExitStack() as closing:
            stack = await closing.enter_async_context(running(wanted, progress))
            closing.enter_context(explained(stack.engines))
            laid_out = park(self.tickets, utc_now().date())
            with counted(progress, "loading tickets") as told:
                await load(stack.engines, stack.db, laid_out, told)
            asked = questions(laid_out, await last_received(stack.db))
            with doing(progress, "starting the servers it is held against"):
                others = await closing.enter_async_context(stack.apart("models"))
                await exports.prepare(stack, others, database(stack.db.client, others.database))
                page = await exports.page_file(stack, asked[0].target, folder)
                await stack.contend(answers.PAGE, contenders.__name__, answers.PAGE, str(page))
            loads = answers.loads(asked, self.connections)
            progress.print(f"measuring for {loads * (WARM_UP + self.seconds):.0f} seconds and some more …")
            with bar(progress) as drawn:
                task = drawn.add_task("measuring", total=loads + answers.ROUNDS)

                def done() -> None:
                    drawn.update(task, advance=1, refresh=True)

                figures = await answers.measure(stack, asked, self.connections, self.seconds, done)
                speeds = await exports.measure(stack, done)
        return [report.answers(asked, figures), report.promises(asked, figures, speeds)]
