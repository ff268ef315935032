"""The demonstration's directory and its two users."""

import secrets
from dataclasses import dataclass, field
from importlib.resources import files

from services.cli.imports.apply import import_users
from services.cli.imports.directory import import_directory
from services.cli.imports.directory_file import changes
from services.cli.imports.users_file import UserEntry, read_users
from shared.accounts.users import Role
from shared.directory.entries import Directory, Entry
from shared.process.settings import EngineSettings

PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True)
class Account:
    """The login and password of a user."""

    login: str
    role: Role
    password: str = field(repr=False)


async def set_up(engines: EngineSettings) -> list[Account]:
    """Import the directory and the users; return the accounts, with new passwords each time.

    The first account has the role operator. Raises what the imports raise.
    """
    here = files(__package__)
    users = [
        (user, secrets.token_urlsafe(PASSWORD_BYTES))
        for user in read_users((here / "users.json").read_bytes())
        if isinstance(user, UserEntry)
    ]
    await import_directory(engines, (here / "directory.json").read_bytes())
    await import_users(engines, [user.model_copy(update={"password": password}) for user, password in users])
    return [Account(user.login, user.role, password) for user, password in users]


def demo_entries() -> list[Entry]:
    """Return the entries of the demonstration's directory."""
    content = (files(__package__) / "directory.json").read_bytes()
    return [change.entry for change in changes(content, Directory()) if change.entry]
