"""`ticketstream fill`."""

import asyncio
from typing import Annotated

import typer

from services.cli import options


def fill(
    *,
    tickets: Annotated[
        int, typer.Option(help="Number of tickets.", min=0, max=options.MOST_DEMO_TICKETS)
    ] = options.DEMO_TICKETS,
    url: Annotated[
        str | None, typer.Option(help="The gateway's URL; that of the stack in the data folder by default.")
    ] = None,
    shown_url: Annotated[
        str | None, typer.Option(help="The gateway's URL as its users reach it, for what is printed; --url by default.")
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Fill a running platform with the demonstration's directory, users and tickets, as `up --demo` does.

    The users get new passwords, which the command prints. Tickets that are there already stay as they are.
    """
    from services.cli.demo.demo_error import DemoError
    from services.cli.demo.filling import fill_in
    from services.cli.demo.setup import set_up
    from services.cli.demo.welcome import welcome
    from services.cli.exit_status import explained
    from services.cli.local.stack import find
    from services.cli.progress_bar import messages

    stack, console = find(data, kafka, mongo), messages()
    gateway = url or stack.url
    if gateway is None:
        raise DemoError("The gateway's address is not known; give it with --url.")
    with explained(stack.engines()):
        accounts = asyncio.run(set_up(stack.engines()))
    console.print(welcome(shown_url or gateway, accounts, None))
    asyncio.run(fill_in(stack.engines(), gateway, accounts[0], tickets=tickets, console=console))
