"""`ticketstream users`."""

import asyncio
import sys
from typing import Annotated

import typer

from services.cli import options
from services.cli.directory_file import BadEntryError
from services.cli.failures import explained
from services.cli.imports import add_user, import_users, revoke_sessions, summary
from services.cli.stack import find
from services.cli.users_file import ScopeEntry, read_scope, read_users
from shared.users import Role

app = typer.Typer(no_args_is_help=True)


@app.callback()
def users() -> None:
    """Who may log in, what they may do, and which tickets they see."""


@app.command("import")
def import_file(
    file: options.ImportFile,
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Import users: all of FILE, or nothing when an entry is wrong.

    FILE is a JSON list of users. An entry takes the place of the one with its login; one without a password keeps the
    password, one with "removed": true removes the user. Returns when every running service knows.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        changed = asyncio.run(import_users(engines, read_users(file.read())))
    typer.echo(summary(changed))


def _scope(text: str) -> ScopeEntry:
    try:
        return read_scope(text)
    except BadEntryError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The new user's login.")],
    *,
    role: Annotated[Role, typer.Option(help="An operator may send commands; a reader may not.")],
    scope: Annotated[
        ScopeEntry,
        typer.Option(
            parser=_scope,
            metavar="SCOPE",
            help="Which tickets the user sees: everything, or those of accounts:UID,UID… agencies:UID,UID… or "
            "patrimonies:UID,UID…; a list without any uid sees nothing.",
        ),
    ],
    uid: Annotated[str | None, typer.Option(help="The user's uid; a new one by default.")] = None,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Add one user. The password is asked for, or read from standard input when that is no terminal: one line.

    A login that is taken changes nothing; `users import` changes users. Returns when every running service knows.
    """
    engines = find(data, kafka, mongo).engines()
    password = _password()
    with explained(engines):
        added = asyncio.run(add_user(engines, login, role=role, scope=scope, password=password, uid=uid))
    typer.echo(f"{login} added" if added else summary(0))


@app.command("revoke")
def revoke(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Whose sessions end.")],
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """End all open sessions of a user, who may log in again; `users import` removes users or changes a password.

    Returns when no running service takes one of them any more.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        ended = asyncio.run(revoke_sessions(engines, login))
    typer.echo({0: "no session was open", 1: "1 session ended"}.get(ended, f"{ended:,} sessions ended"))


def _password() -> str:
    if sys.stdin.isatty():
        entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return entered
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadEntryError("There is no password on standard input; give it as one line.")
    return line
