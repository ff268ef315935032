"""`ticketstream bench commands`: commands a second, the relay, and the time from an answer to the topic."""

from collections.abc import Sequence
from functools import partial

from rich.console import Console

from services.cli.bench import rounds
from services.cli.bench.bench_stack import BenchStack
from services.cli.bench.harness import Benchmark, steps
from services.cli.bench.load_generator import WARM_UP
from services.cli.bench.report import Report
from services.cli.bench.watched_topic import watched
from services.cli.bench.writes import command_rate, relay_rate, write_contenders
from services.cli.bench.writes.command_rate import BARE, PLAIN
from services.cli.bench.writes.write_report import rates, ratios
from services.cli.progress_bar import doing

CONTENDERS = (BARE, PLAIN)
"""Names of the servers that the command service is compared with."""
DELAY_SECONDS = 8.0
"""How long each round of the time from an answer to the topic is: four commands are above its p99."""


def benchmark(*, connections: Sequence[int], seconds: float) -> Benchmark:
    """Return the benchmark of the write path, with `seconds` for each load."""
    measure = partial(_measure, connections=connections, seconds=seconds)
    return Benchmark(measure, projectors=0, contenders=CONTENDERS)


async def _measure(stack: BenchStack, console: Console, *, connections: Sequence[int], seconds: float) -> Report:
    async with stack.second_database("plain") as others, watched(stack.engines) as topic:
        with doing(console, "starting the servers it is compared with"):
            for name in CONTENDERS:
                await stack.start_contender(name, write_contenders.__name__, name, engines=others)
        loads = command_rate.loads(connections)
        lasting = loads * (WARM_UP + seconds) + relay_rate.WARM_UP + rounds.ROUNDS * DELAY_SECONDS
        console.print(f"measuring for {lasting:.0f} seconds and some more …")
        with steps(console, "measuring", loads + 1 + rounds.ROUNDS) as done:
            delays = await relay_rate.delays(stack, topic, DELAY_SECONDS)
            done()
            figures = await command_rate.measure(stack, topic, connections, seconds, done)
            relayed = await relay_rate.throughput(stack, topic, done)
    return Report([rates(figures)], ratios(figures, delays, relayed))
