"""`ticketstream bench reads`: pages, statistics, filters, full text and the export, next to their ceilings."""

from collections.abc import Sequence
from functools import partial

from rich.console import Console

from services.cli.bench import rounds
from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.fill import fill, last_received
from services.cli.bench.harness import Benchmark, steps
from services.cli.bench.load_generator import WARM_UP
from services.cli.bench.reads import exports, read_contenders, read_rate, read_report
from services.cli.bench.reads.questions import questions
from services.cli.bench.report import Report
from services.cli.progress_bar import doing
from shared.mongo import database

CONTENDERS = (read_rate.BYTES, exports.MODELS)
"""Names of the servers that the gateway is compared with."""


def benchmark(*, tickets: int, connections: Sequence[int], seconds: float) -> Benchmark:
    """Return the benchmark that loads `tickets`, then asks each question for `seconds` on each of the `connections`."""
    measure = partial(_measure, tickets=tickets, connections=connections, seconds=seconds)
    return Benchmark(measure, contenders=CONTENDERS)


async def _measure(
    stack: BenchStack, console: Console, *, tickets: int, connections: Sequence[int], seconds: float
) -> Report:
    portfolio = await fill(stack.engines, stack.db, tickets, console)
    asked = questions(portfolio, await last_received(stack.db))
    async with stack.second_database("models") as others:
        with doing(console, "starting the servers it is compared with"):
            await exports.prepare(stack, others, database(stack.db.client, others.database))
            await stack.start_contender(read_rate.BYTES, read_contenders.__name__, read_rate.BYTES)
        loads = read_rate.loads(asked, connections)
        console.print(f"measuring for {loads * (WARM_UP + seconds):.0f} seconds and some more …")
        with steps(console, "measuring", loads + rounds.ROUNDS) as done:
            figures = await read_rate.measure(stack, asked, connections, seconds, done)
            speeds = await exports.measure(stack, done)
    return Report([read_report.answers(figures)], read_report.promises(asked, figures, speeds))
