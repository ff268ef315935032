"""`ticketstream init`."""

import asyncio
from typing import Annotated

import typer

from services.cli import options
from services.cli.failures import explained
from services.cli.initialise import initialise
from services.cli.stack import find
from shared.mongo import connected, initiate_replica_set, ping

ELECTED_WITHIN_MS = 30_000
"""Time within which a new replica set must have a primary."""


def init(
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
    replica_set: Annotated[
        bool, typer.Option("--replica-set", help="First make the servers of --mongo the replica set that it names.")
    ] = False,
) -> None:
    """Make the topics, collections and indexes that are missing; what is there stays.

    `up` does it by itself. Do it once before services are started in another way.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        if replica_set:
            asyncio.run(_replicated(engines.mongo))
        has_users = asyncio.run(initialise(engines))
    typer.echo("topics, collections and indexes are in place")
    if not has_users:
        typer.echo("nobody can log in yet; add a user: ticketstream users add LOGIN --role operator --scope everything")


async def _replicated(url: str) -> None:
    await initiate_replica_set(url)
    async with connected(url, timeout_ms=ELECTED_WITHIN_MS) as client:
        await ping(client)
