"""`ticketstream republish`."""

import asyncio
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli import options
from services.cli.failures import explained
from services.cli.progress import messages
from services.cli.republish import begin, watch
from services.cli.stack import find
from shared.settings import EngineSettings
from shared.topics import Topics

COLUMNS = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def republish(
    *,
    again: Annotated[bool, typer.Option("--again", help="Publish all events though none is lost.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Make topics that are gone, and publish every event of the event store once more.

    The command services do the publishing. This command only watches: end it, and the work goes on; run it again, and
    it watches again.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        begun = asyncio.run(begin(engines, again=again))
    for name in begun.made:
        typer.echo(f"made the topic {name}")
    if Topics(engines.topic_prefix).directory in begun.made:
        typer.echo("the directory was lost with its topic: import it again with `ticketstream directory import`")
    if not begun.refilling:
        typer.echo("no event has to be published again")
        return
    try:
        with explained(engines):
            typer.echo(f"published {asyncio.run(_watch(engines)):,} events once more")
    except KeyboardInterrupt:
        typer.echo("the events go on being published; run the command again to watch", err=True)
        raise typer.Exit(130) from None


async def _watch(engines: EngineSettings) -> int:
    """Show the refill until it is done, and tell how many events it published."""
    done = 0
    with Progress(*COLUMNS, console=messages()) as progress:
        shown = progress.add_task("publishing", total=None)
        async for refill in watch(engines):
            done = max(refill.done, refill.total)
            progress.update(shown, completed=refill.done, total=refill.total)
        progress.update(shown, completed=done, total=done)
    return done
