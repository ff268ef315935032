"""`ticketstream init`."""

import asyncio

import typer

from services.cli import options
from services.cli.failures import explained
from services.cli.initialise import initialise
from services.cli.stack import find


def init(
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Make the topics, collections and indexes that are missing; what is there stays.

    `up` does it by itself. Do it once before services are started in another way.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        asyncio.run(initialise(engines))
    typer.echo("topics, collections and indexes are in place")
