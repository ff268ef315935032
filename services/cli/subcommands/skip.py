"""`ticketstream skip`."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import options
from shared.storage.topics import PARTITIONS

if TYPE_CHECKING:
    from shared.process.settings import EngineSettings


def skip(
    partition: Annotated[int, typer.Argument(min=0, max=PARTITIONS - 1, help="The stopped partition.")],
    offset: Annotated[int, typer.Argument(min=0, help="The offset that `ticketstream status` shows.")],
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Skip the record that stops a partition. This is final: the views never show the record.

    Use it for a record that another program wrote to the topic. When a whole batch of records cannot be read, the
    whole batch is skipped. If you skip an event, the ticket's next event stops the partition again.
    """
    from services.cli.exit_status import NotStoppedError, explained
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    if sys.stdin.isatty():
        typer.confirm(f"Skip the record at offset {offset} of partition {partition} forever?", abort=True)
    with explained(engines):
        behind = asyncio.run(_skip(engines, partition, offset))
    if behind is None:
        raise NotStoppedError(f"Partition {partition} is not stopped at offset {offset}; see `ticketstream status`.")
    typer.echo(f"partition {partition} continues at offset {behind}")


async def _skip(engines: "EngineSettings", partition: int, offset: int) -> int | None:
    from shared.mongo import connected, database
    from shared.storage.checkpoints import pass_over

    async with connected(engines.mongo) as client:
        return await pass_over(database(client, engines.database), partition, offset)
