"""Users: their accounts and password hashes (contract `setup.yaml`), stored in collection `users`."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from shared.accounts.scopes import Scope

Role = Literal["operator", "reader"]

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class User:
    """The user who sends a request. `uid` is the `userUid` of the events that the user causes.

    The `repr` does not show the login. Nothing but the answer to the user's own question needs it.
    """

    uid: str
    role: Role
    scope: Scope
    login: str = field(default="", repr=False)


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`, with parameters and salt."""
    return _hasher.hash(password)


@cache
def _of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def password_matches(password: str, kept: str | None) -> bool:
    """Return whether `kept` is a hash of `password`. For an unknown user (None), the check takes the same time."""
    try:
        return _hasher.verify(kept or _of_nobody(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def read_user(document: Mapping[str, Any]) -> User:
    """Return the user of a document of collection `users`."""
    scope = document["scope"]
    held = Scope(scope["kind"], frozenset(scope.get("uids", ())))
    return User(document["_id"], document["role"], held, document["login"])
