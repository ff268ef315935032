"""`ticketstream users token` and `ticketstream users tokens`."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from services.cli import options
from services.cli.imports.token_limits import LONGEST_NAME, MOST_DAYS

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="The user's login.")]
TITLES = ("name", "made", "ends", "last used")
NO_TOKENS = "no tokens"


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
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        made, document = asyncio.run(make_token(engines, login, name, days))
    typer.echo(made)
    typer.echo(f"Keep it now: it is not shown again. It ends on {_minute(document['ends'])} UTC.", err=True)


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
    from services.cli.local.stack import find

    engines = find(data, kafka, mongo).engines()
    with explained(engines):
        found = asyncio.run(tokens_of(engines, login))
    typer.echo("\n".join(_table(found)) if found else NO_TOKENS)


def _table(found: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Return a line of titles and a line for each token, in columns."""
    rows = [
        TITLES,
        *((each["name"], *(_minute(each.get(time)) for time in ("made", "ends", "used"))) for each in found),
    ]
    width = max(len(name) for name, *_ in rows)
    return [f"{name:{width}}  {made:16}  {ends:16}  {used}".rstrip() for name, made, ends, used in rows]


def _minute(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else "never"
