"""The users of the platform: who they are, and the proof of it (contract `setup.yaml`). Kept in collection `users`."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from shared.scopes import Scope

Role = Literal["operator", "reader"]

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class User:
    """Who is behind a request: `uid` is the `userUid` of the events that the user causes."""

    uid: str
    role: Role
    scope: Scope


def hash_password(password: str) -> str:
    """Give the argon2id hash of `password`, parameters and salt included."""
    return _hasher.hash(password)


@cache
def _of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def password_matches(password: str, kept: str | None) -> bool:
    """Tell whether `kept` is a hash of `password`; takes as long when there is none (the user is unknown)."""
    try:
        return _hasher.verify(kept or _of_nobody(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def read_user(document: Mapping[str, Any]) -> User:
    """Read a document of collection `users`."""
    scope = document["scope"]
    return User(document["_id"], document["role"], Scope(scope["kind"], frozenset(scope.get("uids", ()))))
