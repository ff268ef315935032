"""The `ticketstream` command line: all its subcommands."""

import logging
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from services.cli.answering_group import AnsweringGroup
from services.cli.stop_signals import ending_at_once
from shared.process.release import release

SUBCOMMANDS = {
    "up": "Run Kafka, MongoDB and all services in the foreground until Ctrl-C.",
    "demo": "Start a separate stack, play one ticket's life over HTTP, show the views, and stop the stack.",
    "fill": "Fill a running platform with the demonstration's directory, users and tickets, as `up --demo` does.",
    "status": "Show what runs, how far the views are behind the event store, and what is wrong.",
    "settings": "List every setting of the services and the compose files.",
    "init": "Create the topics, collections and indexes that are missing. Existing ones and their data stay.",
    "republish": "Create missing topics again, and fill the topic of events from the event store (a refill).",
    "skip": "Skip the record that stops a partition. This is final: the views never show the record.",
    "directory": "Manage the directory: agencies, patrimonies, providers and operators.",
    "users": "Manage users: who may log in, what they may do, and which tickets they see.",
    "bench": "Measure the platform's speed on this machine and compare it with simpler programs.",
}
"""The first sentence of each subcommand's help, by name. `services.cli.subcommands` has a module of each name."""


class SubcommandGroup(AnsweringGroup):
    """The group of all subcommands. It imports the module of a subcommand when that subcommand is run.

    Until then the subcommand has its name and the sentence of `SUBCOMMANDS` alone, as a list of commands needs them.
    """

    def __init__(self, **attributes: Any) -> None:
        shown = {name: TyperCommand(name, help=text) for name, text in SUBCOMMANDS.items()}
        super().__init__(**attributes | {"commands": shown})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name of the subcommand that `args` begin with, the subcommand, and the other arguments."""
        name, command, others = super().resolve_command(ctx, args)
        return name, command and subcommand(command.name or ""), others


def subcommand(name: str) -> Any:
    """Import a subcommand and return it. Its module has a group `app`, or a function of the subcommand's name."""
    with ending_at_once():
        module = import_module(f"services.cli.subcommands.{name}")
    holder = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_show_locals=False)
    if hasattr(module, "app"):
        holder.add_typer(module.app, name=name)
    else:
        holder.command(name)(getattr(module, name))
    return _quiet(typer.main.get_group(holder).commands[name])


def _quiet(command: Any) -> Any:
    """Return a command, or a group of them, that turns log lines off before it runs; its help needs no import for it.

    Drivers and shared modules would log the errors that the command prints once.
    """
    for inner in getattr(command, "commands", {}).values():
        _quiet(inner)
    work = command.callback

    def run_quietly(*arguments: Any, **options: Any) -> Any:
        import structlog  # noqa: PLC0415 - takes a tenth of a second

        logging.getLogger().addHandler(logging.NullHandler())
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        return work(*arguments, **options)

    if not hasattr(command, "commands"):
        command.callback = run_quietly
    return command


app = typer.Typer(
    cls=SubcommandGroup,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"ticketstream {release()}")
        raise typer.Exit


@app.callback()
def ticketstream(
    *,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Run and administer Ticketstream, a platform for the incident tickets of property managers.

    Clients send commands over HTTP, events pass through Kafka, and views are kept in MongoDB.

    Commands connect to the Kafka and MongoDB named by --kafka and --mongo. Without these options, they connect to the
    stack that `up` runs in the data folder.
    """
