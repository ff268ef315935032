"""The `ticketstream` command line, put together."""

import logging

import structlog
import typer

from services.cli.commands import bench, demo, directory, init, republish, settings, status, up, users
from services.cli.failures import AnsweringGroup

app = typer.Typer(
    cls=AnsweringGroup, no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_show_locals=False
)
app.command()(up.up)
app.command()(demo.demo)
app.command()(status.status)
app.command()(settings.settings)
app.command()(init.init)
app.command()(republish.republish)
app.add_typer(directory.app, name="directory")
app.add_typer(users.app, name="users")
app.add_typer(bench.app, name="bench")


@app.callback()
def ticketstream() -> None:
    """Incident tickets for property managers: commands in over HTTP, events through Kafka, views in MongoDB.

    Commands find what runs by --kafka and --mongo, else by the data folder.
    """
    # What goes wrong is said once, as the command's answer, not by what drivers and shared modules log as well.
    logging.getLogger().addHandler(logging.NullHandler())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
