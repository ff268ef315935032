"""`ticketstream bench`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.embedded.start_error import StartError
from services.cli import options

if TYPE_CHECKING:  # it needs the extra `embedded`
    from services.cli.bench.harness import Benchmark

app = typer.Typer(no_args_is_help=True)

MOST_CONNECTIONS = 1_000


@app.callback()
def bench() -> None:
    """Measure the platform's speed on this machine and compare it with simpler programs.

    Each benchmark runs on a temporary database and temporary topics. It starts Kafka and MongoDB unless --kafka and
    --mongo name running ones. Results go to standard output.
    """


def _numbers(text: str) -> str:
    if not all(part.isdecimal() and 1 <= int(part) <= MOST_CONNECTIONS for part in text.split(",")):
        raise typer.BadParameter(f"give numbers from 1 to {MOST_CONNECTIONS}, as 1,64,256.")
    return text


Seconds = Annotated[float, typer.Option(help="Seconds for which each load is measured.", min=0.5, max=60)]
Connections = Annotated[
    str, typer.Option(help="Numbers of connections to measure with.", metavar="N,N…", callback=_numbers)
]
Tickets = Annotated[int, typer.Option(help="Number of tickets to load before measuring.", min=100, max=10_000_000)]


Events = Annotated[int, typer.Option(help="Events that the projector applies in each round.", min=200, max=1_000_000)]
KeptSeconds = Annotated[float, typer.Option(help="Seconds for which each rate is kept up.", min=2, max=60)]
IdleSeconds = Annotated[float, typer.Option(help="Seconds of each of the three rounds.", min=1, max=600)]
Docs = Annotated[
    Path, typer.Option(help="Folder of the page.", exists=True, file_okay=False, writable=True, metavar="DIR")
]


@app.command()
def commands(
    *,
    seconds: Seconds = 3,
    connections: Connections = "1,64,256",
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure the write path: commands a second and the relay.

    Two simpler services run beside the platform for comparison. The servers take turns in three rounds, and the tables
    show medians. Compare figures of the same run only.
    """
    with _installed():
        from services.cli.bench.writes.run_writes import benchmark
    _run(benchmark(connections=_read(connections), seconds=seconds), kafka, mongo)


@app.command()
def reads(
    *,
    tickets: Tickets = 100_000,
    seconds: Seconds = 1,
    connections: Connections = "1,32",
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure pages, details, statistics, filters, full text, feed and export, and compare them with upper limits.

    Tickets are loaded through the relay and the projector, at a few thousand a second.
    """
    with _installed():
        from services.cli.bench.reads.run_reads import benchmark
    _run(benchmark(tickets=tickets, connections=_read(connections), seconds=seconds), kafka, mongo)


@app.command()
def projection(
    *,
    tickets: Tickets = 100_000,
    events: Events = 20_000,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure how fast a projector catches up, and compare it with a bulk write of the same documents."""
    with _installed():
        from services.cli.bench.projection.run_projection import benchmark
    _run(benchmark(tickets=tickets, events=events), kafka, mongo)


@app.command()
def latency(
    *,
    tickets: Tickets = 100_000,
    seconds: KeptSeconds = 10,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure the time from the answer to a command until the views show it, at a calm and at a busy rate."""
    with _installed():
        from services.cli.bench.latency.run_latency import benchmark
    _run(benchmark(tickets=tickets, seconds=seconds), kafka, mongo)


@app.command()
def idle(*, seconds: IdleSeconds = 20, kafka: options.Kafka = None, mongo: options.Mongo = None) -> None:
    """Measure the processor time of a platform without any request: of each service, and of the engines beside them."""
    with _installed():
        from services.cli.bench.idle.run_idle import benchmark
    _run(benchmark(seconds=seconds), kafka, mongo)


@app.command()
def record(*, tickets: Tickets = 20_000, docs: Docs = Path("docs")) -> None:
    """Run commands, reads, projection, latency and idle, and write what they found to benchmarks.md and benchmarks.svg.

    This takes about a quarter of an hour. Let nothing else run on the machine meanwhile.
    """
    with _installed():
        from services.cli.bench.record.run_record import record as write
    write(tickets, docs)


@app.command()
def hostile(*, kafka: options.Kafka = None, mongo: options.Mongo = None) -> None:
    """Measure what the most expensive inputs cost: the delay of another client's ticket, and each service's memory."""
    with _installed():
        from services.cli.bench.hostile.run_hostile import benchmark
    _run(benchmark(), kafka, mongo)


@app.command()
def doors(*, kafka: options.Kafka = None, mongo: options.Mongo = None) -> None:
    """Measure what attacks on the gateway's connections cost: another client's wait, and the gateway's memory."""
    with _installed():
        from services.cli.bench.doors.run_doors import benchmark
    _run(benchmark(), kafka, mongo)


def _run(benchmark: "Benchmark", kafka: str | None, mongo: str | None) -> None:
    """Measure and print the report."""
    from services.cli.bench.harness import measured, show

    show(measured(benchmark, kafka, mongo))


def _read(numbers: str) -> list[int]:
    return [int(number) for number in numbers.split(",")]


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as missing:
        raise StartError("The benchmark is not installed; install ticketstream[embedded].") from missing
