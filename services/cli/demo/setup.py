"""A small directory and two users to try the platform with."""

import secrets
from dataclasses import dataclass, field
from importlib.resources import files

from services.cli.imports import import_directory, import_users
from services.cli.users_file import UserEntry, read_users
from shared.settings import EngineSettings
from shared.users import Role

PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True)
class Account:
    """What a user of the demonstration logs in with."""

    login: str
    role: Role
    password: str = field(repr=False)


async def set_up(engines: EngineSettings) -> list[Account]:
    """Import the directory and the users and give the accounts, whose passwords are new each time.

    The first account is an operator's. Raises what the imports raise.
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
