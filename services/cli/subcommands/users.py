"""`ticketstream users`."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.cli import options
from services.cli.imports.token_limits import LONGEST_NAME, MOST_DAYS

if TYPE_CHECKING:
    from services.cli.imports.users_file import ScopeEntry

app = typer.Typer(no_args_is_help=True)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The user's login.")]

SESSIONS_END = "open sessions end within five seconds"


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
    from services.cli.exit_status import explained
    from services.cli.imports.apply import import_users
    from services.cli.imports.entry_files import read_file
    from services.cli.imports.import_report import show
    from services.cli.imports.users_file import read_users
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        imported = asyncio.run(import_users(engines, read_users(read_file(file)), dry_run=dry_run))
    show(imported, dry_run=dry_run)


@app.command("list")
def list_all(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a users file: `users import` reads it, and keeps the passwords.")
    ] = False,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """List the users with their roles and scopes, sorted by login. Passwords are not shown."""
    from services.cli.exit_status import explained
    from services.cli.imports.apply import list_users
    from services.cli.imports.user_list import table, users_file
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        known = asyncio.run(list_users(engines))
    typer.echo(users_file(known) if as_json else table(known))


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The new user's login.")],
    *,
    role: Annotated[
        Literal["operator", "reader"], typer.Option(help="An operator may send commands; a reader may not.")
    ],
    scope: Annotated[
        str,
        typer.Option(
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

    A password has at least 12 characters. The agencies or patrimonies of the scope must be in the directory. If another
    user has the login, nothing changes; use `users import` to change a user.

    The command returns when every running service knows the user.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.apply import add_user
    from services.cli.imports.import_report import NOTHING_CHANGED
    from services.cli.local.stack import find

    visible = _scope(scope)
    engines = find(data, kafka, mongo).engines()
    password = _password()
    with explained(engines):
        added = asyncio.run(add_user(engines, login, role=role, scope=visible, password=password, uid=uid))
    typer.echo(f"{login} added" if added else NOTHING_CHANGED)


@app.command("password")
def password(
    login: Login,
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Change a user's password. The command asks for it, or reads one line of standard input if that is no terminal.

    A password has at least 12 characters. Open sessions of the user end. The command returns when every running service
    knows the new password.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.apply import change_password
    from services.cli.imports.import_report import NOTHING_CHANGED
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    chosen = _password()
    with explained(engines):
        changed = asyncio.run(change_password(engines, login, chosen))
    typer.echo(f"password of {login} changed; {SESSIONS_END}" if changed else NOTHING_CHANGED)


@app.command("remove")
def remove(
    login: Login,
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Remove a user. The user cannot log in again, and open sessions end within five seconds.

    The command returns when no running service knows the user.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.apply import remove_user
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        asyncio.run(remove_user(engines, login))
    typer.echo(f"{login} removed; {SESSIONS_END}")


@app.command("revoke")
def revoke(
    login: Login,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Revoke the token of this name instead. Sessions stay open.")
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """End all open sessions of a user, or revoke one token. The user may log in again.

    Tokens stay valid without --name; `users tokens` lists them. To keep the user out, use `users remove`, or use
    `users password` and revoke the tokens.

    The command returns when no running service accepts one of these sessions, or the token.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.apply import revoke_sessions
    from services.cli.imports.tokens import revoke_token, tokens_of
    from services.cli.local.stack import find

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


@app.command("token")
def token(
    login: Login,
    *,
    name: Annotated[
        str, typer.Option(metavar="NAME", help=f"What the token is for, in {LONGEST_NAME} characters at most.")
    ],
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, metavar="DAYS", help="Days after which the token ends.")],
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """Make a token for a program, and print it. Only its hash is stored, so it cannot be shown again.

    A program sends the token in the header `Authorization: Bearer TOKEN`. It acts with the role and the scope that the
    user has at the time. A new password of the user changes nothing; the token ends when the user is removed.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.tokens import make_token
    from services.cli.imports.user_list import minute
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        made, document = asyncio.run(make_token(engines, login, name, days))
    typer.echo(made)
    typer.echo(f"Keep it now: it is not shown again. It ends on {minute(document['ends'])} UTC.", err=True)


@app.command("tokens")
def tokens(
    login: Login,
    *,
    data: options.Data = options.DEFAULT_DATA,
    kafka: options.Kafka = None,
    mongo: options.Mongo = None,
) -> None:
    """List the tokens of a user that have not ended: name, and when each was made, ends, and was last used.

    Times are in UTC. The last use is exact to a minute.
    """
    from services.cli.exit_status import explained
    from services.cli.imports.tokens import tokens_of
    from services.cli.imports.user_list import tokens_table
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        found = asyncio.run(tokens_of(engines, login))
    typer.echo(tokens_table(found) if found else "no tokens")


def _scope(text: str) -> "ScopeEntry":
    from services.cli.imports.entry_files import BadEntryError
    from services.cli.imports.users_file import read_scope

    try:
        return read_scope(text)
    except BadEntryError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--scope") from wrong


def _password() -> str:
    from services.cli.imports.entry_files import BadEntryError

    if sys.stdin.isatty():
        entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return entered
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadEntryError("Standard input has no password; give it as one line.")
    return line
