"""A small directory and two users to try the platform with."""

import secrets
from importlib.resources import files

from services.cli.imports import import_directory, import_users
from services.cli.users_file import UserEntry, read_users
from shared.settings import EngineSettings

PASSWORD_BYTES = 9


async def set_up(engines: EngineSettings) -> list[UserEntry]:
    """Import the directory and the users, and give the users: each has a password that is new every time.

    The first may send commands. Raises what the imports raise.
    """
    here = files(__package__)
    users = [
        user.model_copy(update={"password": secrets.token_urlsafe(PASSWORD_BYTES)})
        for user in read_users((here / "users.json").read_bytes())
        if isinstance(user, UserEntry)
    ]
    await import_directory(engines, (here / "directory.json").read_bytes())
    await import_users(engines, users)
    return users
