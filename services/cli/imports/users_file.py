"""Users files: their entries, or all faults of the file (docs/contract/tables/setup.yaml, users)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.cli.imports.entry_files import (
    BadEntryError,
    Faults,
    read_entry,
    read_json,
    read_removal,
    refusal,
    shown,
    uid_of,
)
from shared.accounts.scopes import ScopeKind
from shared.accounts.users import Role
from shared.contract import SafeUUID

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1_000
"""Characters of a password that is chosen. Stored passwords of earlier releases may be shorter, and stay valid."""


class ScopeEntry(BaseModel):
    """The scope of a user: which tickets the user sees. `kind` says what the `uids` identify."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kind: ScopeKind
    uids: Annotated[tuple[SafeUUID, ...] | None, Field(strict=False)] = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "ScopeEntry":
        if self.kind != "everything" and self.uids is None:
            raise ValueError(f"a scope of kind {self.kind} needs uids")
        return self


class UserEntry(BaseModel):
    """A user to add or to change; without `password` the stored password stays."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    uid: SafeUUID
    login: Annotated[str, Field(min_length=1)]
    password: Annotated[str | None, Field(repr=False, min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)] = None
    role: Role
    scope: ScopeEntry
    removed: Literal[False] = False


@dataclass(frozen=True, slots=True)
class RemovedUser:
    """A user to remove with all open sessions; the uid is optional."""

    login: str
    uid: str | None = None


def read_users(content: bytes) -> list[UserEntry | RemovedUser]:
    """Return the entries of a users file; raises `BadEntryError` with all faults.

    Logins of entries must be unique, and so must the uids of users to add or change. A user to remove may have the uid
    of another entry: in this way a file gives a user another login.
    """
    faults = Faults()
    entries = read_json(content, "users", faults, root="users")
    if not isinstance(entries, list):
        raise BadEntryError("The users file must be a list of users.")
    seen: set[tuple[str, str]] = set()
    users = []
    for position, fields in enumerate(entries):
        if not isinstance(fields, dict):
            faults.add(f"users[{position}]", "must be an object.")
            continue
        where = f"users[{position}] ({fields.get('login', 'no login')})"
        if (user := _read(where, fields, faults)) is not None:
            users.append(user)
        for key in _keys(fields):
            if key in seen:
                faults.add(where, key[0], f"{shown(key[1])} is in the file twice.")
            seen.add(key)
    faults.check()
    return users


def new_user(login: str, role: Role, scope: ScopeEntry, password: str, uid: str) -> UserEntry:
    """Return the entry of a user; raises `BadEntryError` with all faults."""
    try:
        return UserEntry(uid=uid, login=login, password=password, role=role, scope=scope)
    except ValidationError as wrong:
        raise refusal(login or "the new user", wrong) from wrong


def changed_password(user: Mapping[str, Any], password: str) -> UserEntry:
    """Return the entry that gives a stored user another password; raises `BadEntryError`."""
    scope = ScopeEntry(kind=user["scope"]["kind"], uids=user["scope"].get("uids"))
    return new_user(user["login"], user["role"], scope, password, user["_id"])


def read_scope(text: str) -> ScopeEntry:
    """Return the scope written as `everything`, or as a kind and its uids: `kind:uid,uid`; raises `BadEntryError`."""
    kind, colon, uids = text.partition(":")
    if kind == "everything" and colon:
        raise BadEntryError(f"{shown(text)}: a scope of everything has no uids.")
    fields = {"kind": kind} | ({"uids": [uid.strip() for uid in uids.split(",") if uid.strip()]} if colon else {})
    try:
        return ScopeEntry.model_validate(fields)
    except ValidationError as wrong:
        raise refusal(text, wrong) from wrong


def _read(where: str, fields: dict[str, Any], faults: Faults) -> UserEntry | RemovedUser | None:
    if fields.get("removed") is True:
        login = read_removal(UserEntry, "login", where, fields, faults)
        return None if login is None else RemovedUser(login, uid_of(fields))
    return read_entry(UserEntry, where, fields, faults)


def _keys(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the login and the uid, which must be unique in the file, as far as an unchecked entry has them."""
    login, uid = fields.get("login"), None if fields.get("removed") is True else uid_of(fields)
    return [*([("login", login)] if isinstance(login, str) and login else []), *([("uid", uid)] if uid else [])]
