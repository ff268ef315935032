"""`ticketstream bench commands`: commands a second, the relay, and the time from an answer to the topic."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.harness import steps
from services.cli.bench.load_generator import WARM_UP
from services.cli.bench.watched_topic import watched
from services.cli.bench.writes import command_rate, relay_rate, write_contenders
from services.cli.bench.writes.command_rate import BARE, PLAIN
from services.cli.bench.writes.write_report import rates, ratios
from services.cli.progress_bar import doing

CONTENDERS = (BARE, PLAIN)
"""Names of the servers that the command service is compared with."""
LEAST_SECONDS = 2.0
"""How long the time from an answer to the topic is measured at least."""


async def measure(stack: BenchStack, console: Console, *, connections: Sequence[int], seconds: float) -> list[Table]:
    """Measure each number of connections for `seconds`; return the report's tables. Raises `ExplainedError`."""
    async with stack.second_database("plain") as others, watched(stack.engines) as topic:
        with doing(console, "starting the servers it is compared with"):
            for name in CONTENDERS:
                await stack.start_contender(name, write_contenders.__name__, name, engines=others)
        loads = command_rate.loads(connections)
        console.print(f"measuring for {loads * (WARM_UP + seconds):.0f} seconds and some more …")
        with steps(console, "measuring", loads + 2) as done:
            delays = await relay_rate.delays(stack, topic, max(seconds, LEAST_SECONDS))
            done()
            figures = await command_rate.measure(stack, topic, connections, seconds, done)
            relayed = await relay_rate.throughput(stack, topic)
            done()
    return [rates(figures), ratios(figures, delays, relayed)]
