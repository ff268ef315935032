"""How `ticketstream users` shows users and tokens: as tables, or as a users file."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson

from services.cli.imports.apply import KnownUser
from services.cli.imports.entry_files import shown
from shared.mongo import Document

TITLES = ("login", "role", "scope")
TOKEN_TITLES = ("name", "made", "ends", "last used")


def table(users: Iterable[KnownUser]) -> str:
    """Return the users as a table with a line for each; a user without a password cannot log in, which it says."""
    return _columns([TITLES, *((shown(user.login), user.role, _scope(user)) for user in users)])


def tokens_table(found: Iterable[Document]) -> str:
    """Return tokens as a table with a line for each. Times are in UTC."""
    times = ("made", "ends", "used")
    return _columns([TOKEN_TITLES, *((each["name"], *(minute(each.get(time)) for time in times)) for each in found)])


def minute(time: datetime | None) -> str:
    """Return a time to the minute, or `never`."""
    return f"{time:%Y-%m-%d %H:%M}" if time else "never"


def users_file(users: Iterable[KnownUser]) -> str:
    """Return the users as a users file without passwords, which changes nothing when it is imported."""
    entries = [
        {
            "uid": user.uid,
            "login": user.login,
            "role": user.role,
            "scope": {"kind": user.kind} | ({"uids": user.uids} if user.uids is not None else {}),
        }
        for user in users
    ]
    return orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode()


def _scope(user: KnownUser) -> str:
    """Return a scope as `users add` reads it, and whether the user has no password."""
    scope = user.kind if user.uids is None else f"{user.kind}:{','.join(user.uids)}"
    return scope if user.has_password else f"{scope} (no password: cannot log in)"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of equal length as lines, whose columns are as wide as their longest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
