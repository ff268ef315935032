"""Changes users: all entries of a file or none, and single users. Waits until every running service uses the change."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from services.cli.exit_status import EngineError, explained
from services.cli.imports.directory import read_directory
from services.cli.imports.entry_files import BadEntryError, Fate, Faults, shown
from services.cli.imports.import_report import Imported
from services.cli.imports.in_force import in_force, initialised
from services.cli.imports.users_file import RemovedUser, ScopeEntry, UserEntry, changed_password, new_user
from shared.accounts.sessions import users_version
from shared.accounts.users import Role, hash_password, password_matches
from shared.explained_error import ExplainedError
from shared.mongo import Database, Document, Session, in_transaction
from shared.process.settings import EngineSettings

KINDS_CHECKED = {"agencies": "agency", "patrimonies": "patrimony"}
"""The kinds of scopes whose uids must be in the directory, and the word for one of them."""


class UncheckedScopeError(ExplainedError):
    """The uids of a scope cannot be compared with the directory."""


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user without the password's hash. `uids` is None if the scope's kind needs none."""

    uid: str
    login: str
    role: Role
    kind: str
    uids: tuple[str, ...] | None
    has_password: bool


async def import_users(
    engines: EngineSettings, entries: list[UserEntry | RemovedUser], *, dry_run: bool = False
) -> Imported:
    """Add, change and remove users and return the outcome of each entry; `dry_run` changes nothing.

    A user to remove who does not exist is "not there". This is not a fault, so that a file can be imported twice:
    nothing is stored about removed users. If the entry has the uid of another user, it is a fault, because that user
    would stay.

    Raises `BadEntryError` (then nothing is imported), `NotInForceError`, `NotInitialisedError` or `PyMongoError`, and
    `UncheckedScopeError` when new scopes name agencies or patrimonies and the directory cannot be read.
    """
    async with initialised(engines) as db:
        present = {user["login"]: user for user in await db.users.find().to_list(None)}
        wanted = [await asyncio.to_thread(_wanted, entry, present.get(entry.login)) for entry in entries]
        changed = [
            (entry.login, after)
            for entry, after in zip(entries, wanted, strict=True)
            if after != present.get(entry.login)
        ]
        _check_uids(changed, present, entries)
        await _check_scopes(
            engines, [after for login, after in changed if after and _is_new_scope(after, present.get(login))]
        )
        imported = Imported(
            [
                ("users", _fate(present.get(entry.login), after), entry.login)
                for entry, after in zip(entries, wanted, strict=True)
            ]
        )
        if changed and not dry_run:

            async def replace(session: Session) -> None:
                for login, after in changed:
                    await _replace_user(db, session, present.get(login), after)
                await count_change(db, session)

            await in_transaction(db.client, replace)
        if not dry_run:
            await users_in_force(db)
        return imported


async def add_user(
    engines: EngineSettings, login: str, *, role: Role, scope: ScopeEntry, password: str, uid: str | None
) -> bool:
    """Add a user, with a random uid by default; return False when the same user exists already.

    Raises `BadEntryError` when another user has the login, and what `import_users` raises.
    """
    async with initialised(engines) as db:
        before = await db.users.find_one({"login": login})
    user = new_user(login, role, scope, password, uid or (before["_id"] if before else str(uuid4())))
    if before and await asyncio.to_thread(_wanted, user, before) != before:
        raise BadEntryError(f"There is another user {shown(login)}; change it with `ticketstream users import`.")
    return bool((await import_users(engines, [user])).changed)


async def change_password(engines: EngineSettings, login: str, password: str) -> bool:
    """Change the password of a user and end the user's open sessions; return False when it is the present one.

    Raises `BadEntryError` when there is no such user or the password is too short, and what `import_users` raises.
    """
    async with initialised(engines) as db:
        user = await _existing(db, login)
    return bool((await import_users(engines, [changed_password(user, password)])).changed)


async def remove_user(engines: EngineSettings, login: str) -> None:
    """Remove a user with all open sessions.

    Raises `BadEntryError` when there is no such user, and what `import_users` raises.
    """
    async with initialised(engines) as db:
        await _existing(db, login)
    await import_users(engines, [RemovedUser(login)])


async def list_users(engines: EngineSettings) -> list[KnownUser]:
    """Return all users, sorted by login. Raises `NotInitialisedError` or `PyMongoError`."""
    async with initialised(engines) as db:
        return [_known(user) async for user in db.users.find().sort("login", 1)]


async def revoke_sessions(engines: EngineSettings, login: str) -> int:
    """End a user's open sessions and return their number, once no running service accepts one of them.

    Raises `BadEntryError` when there is no such user, `NotInForceError`, `NotInitialisedError` or `PyMongoError`.
    """
    async with initialised(engines) as db:
        user = await _existing(db, login)
        revoked = 0

        async def end_sessions(session: Session) -> None:
            nonlocal revoked
            revoked = (await db.sessions.delete_many({"user": user["_id"]}, session=session)).deleted_count
            await count_change(db, session)

        await in_transaction(db.client, end_sessions)
        await users_in_force(db)
        return revoked


async def _existing(db: Database, login: str) -> Document:
    user: Document | None = await db.users.find_one({"login": login})
    if user is None:
        raise BadEntryError(f"There is no user {shown(login)}.")
    return user


def _known(user: Document) -> KnownUser:
    scope = user["scope"]
    uids = tuple(scope["uids"]) if "uids" in scope else None
    return KnownUser(user["_id"], user["login"], user["role"], scope["kind"], uids, bool(user.get("passwordHash")))


def _wanted(entry: UserEntry | RemovedUser, before: Document | None) -> Document | None:
    """Return the user's document after the import, or None for a removal; an unchanged password keeps its hash."""
    if isinstance(entry, RemovedUser):
        return None
    scope: Document = {"kind": entry.scope.kind}
    if entry.scope.uids is not None:
        scope["uids"] = sorted(entry.scope.uids)
    document: Document = {"_id": entry.uid, "login": entry.login, "role": entry.role, "scope": scope}
    kept = before.get("passwordHash") if before else None
    if entry.password is not None and not password_matches(entry.password, kept):
        kept = hash_password(entry.password)
    return document | ({"passwordHash": kept} if kept else {})


def _fate(before: Document | None, after: Document | None) -> Fate:
    if after is None:
        return "removed" if before else "not there"
    if before == after:
        return "unchanged"
    return "changed" if before else "added"


def _check_uids(
    changed: Iterable[tuple[str, Document | None]],
    present: Mapping[str, Document],
    entries: Sequence[UserEntry | RemovedUser],
) -> None:
    """Check that the users' uids stay unique, and that an entry to remove does not name another user's uid.

    Exception: a uid that the file gives to another login. In this way a user gets another login.
    """
    after = {login: user["_id"] for login, user in present.items()}
    after |= {login: user["_id"] if user else "" for login, user in changed}
    owners: dict[str, str] = {}
    faults = Faults()
    for login, uid in after.items():
        if uid and owners.setdefault(uid, login) != login:
            faults.add(login, "uid", f"{uid} belongs to the user {shown(owners[uid])}.")
    given = {entry.uid for entry in entries if isinstance(entry, UserEntry)}
    owners = {user["_id"]: login for login, user in present.items() if user["_id"] not in given}
    for entry in entries:
        if isinstance(entry, RemovedUser) and entry.uid and owners.get(entry.uid, entry.login) != entry.login:
            faults.add(entry.login, "uid", f"{entry.uid} belongs to the user {shown(owners[entry.uid])}.")
    faults.check()


def _is_new_scope(after: Document, before: Document | None) -> bool:
    return before is None or after["scope"] != before["scope"]


async def _check_scopes(engines: EngineSettings, users: Sequence[Document]) -> None:
    """Raise `BadEntryError` when scopes name agencies or patrimonies that the directory does not have.

    Removed entries pass: their tickets are still there. The directory is read only if it is needed.
    """
    named = [user for user in users if user["scope"]["kind"] in KINDS_CHECKED and user["scope"]["uids"]]
    if not named:
        return
    try:
        with explained(engines):
            directory = await read_directory(engines)
    except EngineError as unread:
        raise UncheckedScopeError(f"The scopes cannot be compared with the directory: {unread}") from unread
    if not directory.agencies:
        raise UncheckedScopeError(
            "The directory has no agencies, so no scope can name agencies or patrimonies; import the directory first, "
            "with `ticketstream directory import`."
        )
    faults = Faults()
    for user in named:
        kind, singular = user["scope"]["kind"], KINDS_CHECKED[user["scope"]["kind"]]
        known = directory.agencies if kind == "agencies" else directory.patrimonies
        for uid in user["scope"]["uids"]:
            if uid not in known:
                faults.add(user["login"], "scope", f"{singular} {uid} is not in the directory.")
    faults.check()


async def _replace_user(db: Database, session: Session, before: Document | None, after: Document | None) -> None:
    gone = before is not None and (after is None or after["_id"] != before["_id"])
    if before is not None and (gone or (after and after.get("passwordHash") != before.get("passwordHash"))):
        await db.sessions.delete_many({"user": before["_id"]}, session=session)
    if before is not None and gone:
        await db.tokens.delete_many({"user": before["_id"]}, session=session)
        await db.users.delete_one({"_id": before["_id"]}, session=session)
    if after is not None:
        await db.users.replace_one({"_id": after["_id"]}, after, upsert=True, session=session)


async def count_change(db: Database, session: Session) -> None:
    """Raise the users' version number, so that every service reads the users again."""
    await db.versions.update_one({"_id": "users"}, {"$inc": {"version": 1}}, upsert=True, session=session)


async def users_in_force(db: Database) -> None:
    """Wait until every running service has read the present version of the users; raises `NotInForceError`."""
    version = await users_version(db)
    await in_force(db, lambda beat: beat["usersVersion"] is None or beat["usersVersion"] >= version)
