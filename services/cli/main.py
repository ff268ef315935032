"""The `ticketstream` command line: all its subcommands."""

import logging

import structlog
import typer

from services.cli.exit_status import AnsweringGroup
from services.cli.subcommands import (
    bench,
    demo,
    directory,
    fill,
    init,
    republish,
    settings,
    skip,
    status,
    tokens,
    up,
    users,
)

app = typer.Typer(
    cls=AnsweringGroup, no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_show_locals=False
)
app.command()(up.up)
app.command()(demo.demo)
app.command()(fill.fill)
app.command()(status.status)
app.command()(settings.settings)
app.command()(init.init)
app.command()(republish.republish)
app.command()(skip.skip)
app.add_typer(directory.app, name="directory")
users.app.command()(tokens.token)
users.app.command()(tokens.tokens)
app.add_typer(users.app, name="users")
app.add_typer(bench.app, name="bench")


@app.callback()
def ticketstream() -> None:
    """Run and administer Ticketstream, a platform for the incident tickets of property managers.

    Clients send commands over HTTP, events pass through Kafka, and views are kept in MongoDB.

    Commands connect to the Kafka and MongoDB named by --kafka and --mongo. Without these options, they connect to the
    stack that `up` runs in the data folder.
    """
    # The command prints each error once. Log lines of drivers and shared modules would repeat it.
    logging.getLogger().addHandler(logging.NullHandler())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
