"""`ticketstream bench`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from deploy.embedded.errors import CannotStart
from services.cli import options

app = typer.Typer(no_args_is_help=True)

MOST_CONNECTIONS = 1_000


@app.callback()
def bench() -> None:
    """Measure how fast it is here, next to simpler programs that do less."""


def _numbers(text: str) -> str:
    if not all(part.isdecimal() and 1 <= int(part) <= MOST_CONNECTIONS for part in text.split(",")):
        raise typer.BadParameter(f"give numbers from 1 to {MOST_CONNECTIONS}, as 1,64,256.")
    return text


Seconds = Annotated[float, typer.Option(help="How long each load is measured.", min=0.5, max=60)]
Connections = Annotated[str, typer.Option(help="Numbers of connections.", metavar="N,N…", callback=_numbers)]
Tickets = Annotated[int, typer.Option(help="How many tickets are loaded before.", min=100, max=10_000_000)]


@app.command()
def commands(
    *,
    seconds: Seconds = 3,
    connections: Connections = "1,64,256",
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure the write path: commands a second, next to two plainer services in the same run, and the relay.

    The servers take turns in three rounds, and medians are shown: compare within a run, not between runs.
    """
    with _installed():
        from services.cli.bench.run import run  # noqa: PLC0415 - needs the extra `embedded`
        from services.cli.bench.writes.bench import Bench  # noqa: PLC0415
    run(Bench(_read(connections), seconds, kafka, mongo).measure)


@app.command()
def reads(
    *,
    tickets: Tickets = 100_000,
    seconds: Seconds = 1,
    connections: Connections = "1,32",
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure pages, statistics, filters, full text and the export, next to their ceilings in the same run.

    Tickets are loaded on the way that events take, which is some thousand a second.
    """
    with _installed():
        from services.cli.bench.reads.bench import Bench  # noqa: PLC0415 - needs the extra `embedded`
        from services.cli.bench.run import run  # noqa: PLC0415
    run(Bench(tickets, _read(connections), seconds, kafka, mongo).measure)


@app.command()
def projection(
    *,
    tickets: Tickets = 100_000,
    events: Annotated[int, typer.Option(help="Events to catch up with in a round.", min=200, max=1_000_000)] = 20_000,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure how fast a projector catches up, next to a raw bulk write of the same documents."""
    with _installed():
        from services.cli.bench.projection.bench import Bench  # noqa: PLC0415 - needs the extra `embedded`
        from services.cli.bench.run import run  # noqa: PLC0415
    run(Bench(tickets, events, kafka, mongo).measure)


@app.command()
def latency(
    *,
    tickets: Tickets = 100_000,
    seconds: Annotated[float, typer.Option(help="How long each rate is kept up.", min=2, max=60)] = 10,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure how long after its answer a command shows in the views, at a calm and at a busy rate."""
    with _installed():
        from services.cli.bench.latency.bench import Bench  # noqa: PLC0415 - needs the extra `embedded`
        from services.cli.bench.run import run  # noqa: PLC0415
    run(Bench(tickets, seconds, kafka, mongo).measure)


def _read(numbers: str) -> list[int]:
    return [int(number) for number in numbers.split(",")]


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as missing:
        raise CannotStart("The benchmark is not installed; install ticketstream[embedded].") from missing
