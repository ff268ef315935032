"""`ticketstream bench`."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from services.cli import options
from services.cli.bench import relay
from services.cli.bench.commands import loads, measure
from services.cli.bench.report import rates, ratios
from services.cli.bench.stack import running
from services.cli.bench.topic import watched
from services.cli.progress import messages

app = typer.Typer(no_args_is_help=True, help="Measure how fast it is here, next to what it could be at best.")

MOST_CONNECTIONS = 1_000


@app.callback()
def bench() -> None:
    """Measure how fast it is here, next to what it could be at best."""


@app.command()
def commands(
    *,
    seconds: Annotated[float, typer.Option(help="How long each load lasts.", min=0.5, max=60)] = 5,
    connections: Annotated[str, typer.Option(help="Numbers of connections, comma-separated.")] = "1,64,256",
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure the write path: commands a second, next to two plainer services in the same run, and the relay.

    Servers take turns in three rounds, and medians are shown: compare within one run, not between runs.
    """
    counts = _counts(connections)
    folder = Path(tempfile.mkdtemp(prefix="ticketstream-bench-"))
    try:
        asyncio.run(_commands(folder, counts, seconds, kafka, mongo))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _counts(text: str) -> list[int]:
    counts = [int(part) for part in text.split(",") if part.isdecimal()]
    if not counts or len(counts) != len(text.split(",")) or not all(1 <= count <= MOST_CONNECTIONS for count in counts):
        raise typer.BadParameter(f"give numbers from 1 to {MOST_CONNECTIONS}, as 1,64,256", param_hint="--connections")
    return counts


async def _commands(folder: Path, counts: list[int], seconds: float, kafka: str | None, mongo: str | None) -> None:
    with Progress(console=messages(), transient=True) as progress:
        shown = progress.add_task("measuring", total=loads(counts) + 2)
        async with running(folder, kafka, mongo) as stack, watched(stack.engines) as topic:
            delays = await relay.delays(stack, topic, max(seconds, 2))
            progress.advance(shown)
            figures = await measure(stack, topic, counts, seconds, lambda: progress.advance(shown))
            relayed = await relay.throughput(stack, topic)
            progress.advance(shown)
    console = Console()
    console.print(rates(figures))
    console.print()
    console.print(ratios(figures, delays, relayed))
