"""`ticketstream users`."""

import asyncio
import sys
from typing import Annotated

import typer

from services.cli import options
from services.cli.exit_status import explained
from services.cli.imports.apply import add_user, import_users, revoke_sessions
from services.cli.imports.entry_files import BadEntryError, read_file
from services.cli.imports.import_report import NOTHING_CHANGED, show
from services.cli.imports.tokens import revoke_token, tokens_of
from services.cli.imports.users_file import ScopeEntry, read_scope, read_users
from services.cli.local.stack import find
from shared.accounts.users import Role

app = typer.Typer(no_args_is_help=True)


@app.callback()
def users() -> None:
    """Manage users: who may log in, what they may do, and which tickets they see."""


@app.command("import")
def import_file(
    file: options.ImportFile,
    *,
    dry_run: options.DryRun = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Import a users file. If any entry of FILE is wrong, nothing is imported.

    FILE is a JSON list of users. An entry replaces the user with the same login; without a password, it keeps the
    present one. An entry with "removed": true removes the user; the command names users to remove that do not exist.

    The command returns when every running service uses the new users.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        imported = asyncio.run(import_users(engines, read_users(read_file(file)), dry_run=dry_run))
    show(imported, dry_run=dry_run)


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
            help="The tickets that the user sees: everything, accounts:UID,UID…, agencies:UID,UID… or "
            "patrimonies:UID,UID…. With an empty list of uids, the user sees none.",
        ),
    ],
    uid: Annotated[str | None, typer.Option(help="The user's uid; a random one by default.")] = None,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Add one user. The command asks for the password, or reads one line of standard input if that is no terminal.

    If another user has the login, nothing changes; use `users import` to change a user.

    The command returns when every running service knows the user.
    """
    engines = find(data, kafka, mongo).engines()
    password = _password()
    with explained(engines):
        added = asyncio.run(add_user(engines, login, role=role, scope=scope, password=password, uid=uid))
    typer.echo(f"{login} added" if added else NOTHING_CHANGED)


@app.command("revoke")
def revoke(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The user's login.")],
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Revoke the token of this name instead. Sessions stay open.")
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """End all open sessions of a user, or revoke one token. The user may log in again.

    Tokens stay valid without --name; `users tokens` lists them. To keep the user out, remove the user, or change the
    password and revoke the tokens.

    The command returns when no running service accepts one of these sessions, or the token.
    """
    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        if name is not None:
            asyncio.run(revoke_token(engines, login, name))
            typer.echo("1 token revoked")
            return
        ended = asyncio.run(revoke_sessions(engines, login))
        left = len(asyncio.run(tokens_of(engines, login)))
    typer.echo({0: "no session was open", 1: "1 session ended"}.get(ended, f"{ended:,} sessions ended"))
    if left:
        stay = "1 token stays" if left == 1 else f"{left} tokens stay"
        typer.echo(f"{stay} valid; `ticketstream users tokens` lists them.", err=True)


def _password() -> str:
    if sys.stdin.isatty():
        entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return entered
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadEntryError("Standard input has no password; give it as one line.")
    return line
