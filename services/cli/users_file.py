"""Reading a users file: entries, or which one is wrong (contract `setup.yaml`, users)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.cli.directory_file import BadEntryError, explain, read_objects
from shared.contract import SafeUUID
from shared.scopes import ScopeKind
from shared.users import Role


class ScopeEntry(BaseModel):
    """Which tickets a user sees; `uids` are those of accounts, agencies or patrimonies, as `kind` says."""

    model_config = ConfigDict(frozen=True, strict=True)

    kind: ScopeKind
    uids: Annotated[tuple[SafeUUID, ...] | None, Field(strict=False)] = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "ScopeEntry":
        if self.kind != "everything" and self.uids is None:
            raise ValueError(f"a scope of kind {self.kind} needs uids")
        return self


class UserEntry(BaseModel):
    """A user to make or to change; without `password` the one that is kept stays."""

    model_config = ConfigDict(frozen=True, strict=True)

    uid: SafeUUID
    login: Annotated[str, Field(min_length=1)]
    password: Annotated[str | None, Field(repr=False)] = None
    role: Role
    scope: ScopeEntry
    removed: Literal[False] = False


class RemovedUser(BaseModel):
    """A user to take away, with all open sessions."""

    model_config = ConfigDict(frozen=True, strict=True)

    login: Annotated[str, Field(min_length=1)]
    removed: Literal[True]


def read_users(content: bytes) -> list[UserEntry | RemovedUser]:
    """Read a users file; raises `BadEntryError` for the first entry that is wrong."""
    entries = read_objects(content, "users")
    if not isinstance(entries, list):
        raise BadEntryError("The users file must be a list of users.")
    users = [_read(position, fields) for position, fields in enumerate(entries)]
    logins = [user.login for user in users]
    uids = [user.uid for user in users if isinstance(user, UserEntry)]
    for what, values in (("login", logins), ("uid", uids)):
        if twice := next((value for value in values if values.count(value) > 1), None):
            raise BadEntryError(f"The {what} {twice} is in the file twice.")
    return users


def new_user(login: str, role: Role, scope: ScopeEntry, password: str, uid: str) -> UserEntry:
    """Make the entry of a user; raises `BadEntryError` for the first value that is wrong."""
    try:
        return UserEntry(uid=uid, login=login, password=password, role=role, scope=scope)
    except ValidationError as wrong:
        raise explain(login or "the new user", wrong) from wrong


def read_scope(text: str) -> ScopeEntry:
    """Read `everything`, or a kind and its uids as `kind:uid,uid`; raises `BadEntryError`."""
    kind, colon, uids = text.partition(":")
    if kind == "everything" and colon:
        raise BadEntryError(f"{text}: a scope of everything has no uids.")
    fields = {"kind": kind} | ({"uids": [uid.strip() for uid in uids.split(",") if uid.strip()]} if colon else {})
    try:
        return ScopeEntry.model_validate(fields)
    except ValidationError as wrong:
        raise explain(text, wrong) from wrong


def _read(position: int, fields: object) -> UserEntry | RemovedUser:
    where = f"users[{position}]"
    if not isinstance(fields, dict):
        raise BadEntryError(f"{where}: must be an object.")
    kind = RemovedUser if fields.get("removed") is True else UserEntry
    try:
        return kind.model_validate(fields)
    except ValidationError as wrong:
        raise explain(f"{where} ({fields.get('login', 'no login')})", wrong) from wrong
