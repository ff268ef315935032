"""`ticketstream republish`."""

import asyncio
import sys
from contextlib import aclosing
from typing import Annotated

import typer

from services.cli import options
from services.cli.failures import explained
from services.cli.progress_bar import counted, messages
from services.cli.republish import begin, watch
from services.cli.stack import find
from shared.settings import EngineSettings
from shared.topics import Topics


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
    if again and sys.stdin.isatty():
        typer.confirm("Publish every event once more, though none may be lost?", abort=True)
    with explained(engines):
        begun = asyncio.run(begin(engines, again=again))
    for name in begun.made:
        typer.echo(f"made the topic {name}")
    if Topics(engines.topic_prefix).directory in begun.made:
        typer.echo("the directory was lost with its topic: import it again with `ticketstream directory import`")
    if begun.refill is None:
        typer.echo("no event has to be published again")
        return
    try:
        with explained(engines):
            typer.echo(f"published {asyncio.run(_watch(engines, begun.refill.total)):,} events once more")
    except KeyboardInterrupt:
        typer.echo("the events go on being published; run the command again to watch", err=True)
        raise typer.Exit(130) from None


async def _watch(engines: EngineSettings, total: int) -> int:
    """Show the refill until it is done, and tell how many events it published."""
    with counted(messages(), "publishing") as show:
        async with aclosing(watch(engines)) as looks:
            async for now in looks:
                show(now.done, total := now.total)
        show(total, total)
    return total
