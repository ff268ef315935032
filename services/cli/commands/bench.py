"""`ticketstream bench`."""

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


@app.command()
def commands(
    *,
    seconds: Annotated[float, typer.Option(help="How long each load is measured.", min=0.5, max=60)] = 3,
    connections: Annotated[
        str, typer.Option(help="Numbers of connections.", metavar="N,N…", callback=_numbers)
    ] = "1,64,256",
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Measure the write path: commands a second, next to two plainer services in the same run, and the relay.

    The servers take turns in three rounds, and medians are shown: compare within a run, not between runs.
    """
    try:
        from services.cli.bench.run import Plan, run  # noqa: PLC0415 - needs the extra `embedded`
    except ImportError as missing:
        raise CannotStart("The benchmark is not installed; install ticketstream[embedded].") from missing
    run(Plan([int(number) for number in connections.split(",")], seconds, kafka, mongo))
