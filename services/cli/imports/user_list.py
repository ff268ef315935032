"""How `ticketstream users list` shows the users: as a table, or as a users file."""

from collections.abc import Iterable, Sequence

import orjson

from services.cli.imports.apply import KnownUser
from services.cli.imports.entry_files import shown

TITLES = ("login", "role", "scope")


def table(users: Iterable[KnownUser]) -> str:
    """Return the users as a table with a line for each; a user without a password cannot log in, which it says."""
    rows = [TITLES, *((shown(user.login), user.role, _scope(user)) for user in users)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


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


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
