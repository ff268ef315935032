"""`ticketstream bench reads`: pages, statistics, filters, full text and the export, next to their ceilings."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import fill, last_received
from services.cli.bench.harness import steps
from services.cli.bench.load_generator import WARM_UP
from services.cli.bench.reads import exports, read_contenders, read_rate, read_report
from services.cli.bench.reads.questions import questions
from services.cli.progress_bar import doing
from shared.mongo import database

CONTENDERS = (read_rate.PAGE, exports.MODELS)
"""Names of the servers that the gateway is compared with."""


async def measure(
    stack: BenchStack, console: Console, *, tickets: int, connections: Sequence[int], seconds: float
) -> list[Table]:
    """Load `tickets`, then ask each question for `seconds` on each number of connections; return the report's tables.

    Raises `ExplainedError`.
    """
    portfolio = await fill(stack.engines, stack.db, tickets, console)
    asked = questions(portfolio, await last_received(stack.db))
    async with stack.second_database("models") as others:
        with doing(console, "starting the servers it is compared with"):
            await exports.prepare(stack, others, database(stack.db.client, others.database))
            page = await exports.page_file(stack, asked[0].target, stack.folder)
            await stack.start_contender(read_rate.PAGE, read_contenders.__name__, read_rate.PAGE, str(page))
        loads = read_rate.loads(asked, connections)
        console.print(f"measuring for {loads * (WARM_UP + seconds):.0f} seconds and some more …")
        with steps(console, "measuring", loads + read_rate.ROUNDS) as done:
            figures = await read_rate.measure(stack, asked, connections, seconds, done)
            speeds = await exports.measure(stack, done)
    return [read_report.answers(asked, figures), read_report.promises(asked, figures, speeds)]
