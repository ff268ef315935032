"""`ticketstream republish`."""

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import options
from services.cli.answering_group import STOPPED

if TYPE_CHECKING:
    from shared.process.settings import EngineSettings


def republish(
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Publish all events even if the topic is not missing; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. Without a terminal, --again needs it.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Create missing topics again, and fill the topic of events from the event store (a refill).

    The command services publish the events. This command starts the refill and shows its progress. If you stop the
    command, the refill continues; run the command again to see its progress.
    """
    from services.cli.exit_status import explained
    from services.cli.local.stack import find
    from services.cli.republish import UnaskedError, begin, is_refilling
    from shared.storage.topics import Topics

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        is_new = again and not asyncio.run(is_refilling(engines))
    if is_new and not yes:
        if not sys.stdin.isatty():
            raise UnaskedError(
                "With --again, every event is published once more, and all subscribers begin again. "
                "Nothing was published: there is no terminal to ask; add --yes to do it."
            )
        typer.confirm("The topic may have all events. Publish every event again?", abort=True)
    with explained(engines):
        begun = asyncio.run(begin(engines, again=again))
    for name in begun.made:
        typer.echo(f"created the topic {name}")
    if Topics(engines.topic_prefix).directory in begun.made:
        typer.echo("the directory was lost with its topic; import it again with `ticketstream directory import`")
    if begun.refill is None:
        typer.echo("no event has to be published again")
        return
    try:
        with explained(engines):
            typer.echo(f"published {asyncio.run(_watch(engines, begun.refill.total)):,} events again")
    except KeyboardInterrupt:
        typer.echo("the refill continues; run the command again to see its progress", err=True)
        raise typer.Exit(STOPPED) from None


async def _watch(engines: "EngineSettings", total: int) -> int:
    """Show the progress of the refill until it is done; return how many events it published."""
    from services.cli.progress_bar import counted, messages
    from services.cli.republish import watch

    with counted(messages(), "publishing") as show:
        async with aclosing(watch(engines)) as looks:
            async for now in looks:
                show(now.done, total := now.total)
        show(total, total)
    return total
