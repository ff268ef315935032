"""`ticketstream init`."""

import asyncio
from typing import Annotated

import typer

from services.cli import options

ELECTED_WITHIN_MS = 30_000
"""How long a new replica set may take to elect a primary."""


def init(
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
    replica_set: Annotated[
        bool,
        typer.Option(
            "--replica-set", help="First initiate the replica set that --mongo names, with the servers that it lists."
        ),
    ] = False,
) -> None:
    """Create the topics, collections and indexes that are missing. Existing ones and their data stay.

    `ticketstream up` does this by itself. Run it once before you start the services in another way.
    """
    from services.cli.exit_status import explained
    from services.cli.initialise import initialise
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        if replica_set:
            asyncio.run(_replicated(engines.mongo))
        has_users = asyncio.run(initialise(engines))
    typer.echo("topics, collections and indexes are in place")
    if not has_users:
        typer.echo("nobody can log in yet; add a user: ticketstream users add LOGIN --role operator --scope everything")


async def _replicated(url: str) -> None:
    from shared.mongo import connected, initiate_replica_set, ping

    await initiate_replica_set(url)
    async with connected(url, timeout_ms=ELECTED_WITHIN_MS) as client:
        await ping(client)
