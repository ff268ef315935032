"""Applies imports of the directory and of users: all entries or none. Returns when every running service uses them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from uuid import uuid4

from services.cli.imports import directory_file
from services.cli.imports.entry_files import CHANGES, BadEntryError, Fate, Faults, shown
from services.cli.imports.import_report import Imported
from services.cli.imports.users_file import RemovedUser, ScopeEntry, UserEntry, new_user
from shared.accounts.sessions import users_version
from shared.accounts.users import Role, hash_password, password_matches
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.explained_error import ExplainedError
from shared.kafka.publishing import Message, producer, publish
from shared.mongo import Database, Document, Session, connected, database, in_transaction
from shared.process.heartbeats import living
from shared.process.settings import EngineSettings
from shared.storage.publication import read_publication
from shared.storage.topics import Topics

IN_FORCE_WITHIN = 30.0
"""Seconds in which every running service must use a change."""


class NotInForceError(ExplainedError):
    """The change is stored, but a running service did not apply it in time. The text names the service."""


async def import_directory(engines: EngineSettings, content: bytes, *, dry_run: bool = False) -> Imported:
    """Import a directory file and return the outcome of each entry; `dry_run` changes nothing and returns the same.

    An entry to remove that never existed is "not there" (see `import_users`). Raises `BadEntryError` (then nothing is
    imported), `NotInForceError`, `NotInitialisedError`, `KafkaError` or `PyMongoError`, and `TimeoutError` when the
    directory cannot be read from Kafka in time.
    """
    topic = Topics(engines.topic_prefix).directory
    async with open_database(engines) as db, DirectoryReplica(engines.kafka, topic) as replica:
        changes = directory_file.changes(content, replica.directory, replica.unreadable)
        imported = Imported([(change.kind, change.fate, change.uid) for change in changes])
        if dry_run:
            return imported
        changed = [change.entry for change in changes if change.entry and change.fate in CHANGES]
        reached = replica.offset
        if changed:
            now_ms = _now_ms()
            async with producer(engines.kafka) as sender:
                entries = (
                    Message(0, entry.uid.encode(), entry.model_dump_json(exclude_none=True).encode(), now_ms)
                    for entry in changed
                )
                reached = (await publish(sender, topic, entries))[0].stop
        await _in_force(db, lambda beat: beat["directoryOffset"] >= reached)
        return imported


async def import_users(
    engines: EngineSettings, entries: list[UserEntry | RemovedUser], *, dry_run: bool = False
) -> Imported:
    """Add, change and remove users and return the outcome of each entry; `dry_run` changes nothing.

    A user to remove who does not exist is "not there". This is not a fault, so that a file can be imported twice:
    nothing is stored about removed users. If the entry has the uid of another user, it is a fault, because that user
    would stay.

    Raises `BadEntryError` (then nothing is imported), `NotInForceError`, `NotInitialisedError` or `PyMongoError`.
    """
    async with open_database(engines) as db:
        present = {user["login"]: user for user in await db.users.find().to_list(None)}
        wanted = [await asyncio.to_thread(_wanted, entry, present.get(entry.login)) for entry in entries]
        changed = [
            (entry.login, after)
            for entry, after in zip(entries, wanted, strict=True)
            if after != present.get(entry.login)
        ]
        _check_uids(changed, present, entries)
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
    async with open_database(engines) as db:
        before = await db.users.find_one({"login": login})
    user = new_user(login, role, scope, password, uid or (before["_id"] if before else str(uuid4())))
    if before and await asyncio.to_thread(_wanted, user, before) != before:
        raise BadEntryError(f"There is another user {shown(login)}; change it with `ticketstream users import`.")
    return bool((await import_users(engines, [user])).changed)


async def revoke_sessions(engines: EngineSettings, login: str) -> int:
    """End a user's open sessions and return their number, once no running service accepts one of them.

    Raises `BadEntryError` when there is no such user, `NotInForceError`, `NotInitialisedError` or `PyMongoError`.
    """
    async with open_database(engines) as db:
        user = await db.users.find_one({"login": login}, {"_id": 1})
        if user is None:
            raise BadEntryError(f"There is no user {shown(login)}.")
        revoked = 0

        async def end_sessions(session: Session) -> None:
            nonlocal revoked
            revoked = (await db.sessions.delete_many({"user": user["_id"]}, session=session)).deleted_count
            await count_change(db, session)

        await in_transaction(db.client, end_sessions)
        await users_in_force(db)
        return revoked


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
    await _in_force(db, lambda beat: beat["usersVersion"] is None or beat["usersVersion"] >= version)


async def _in_force(db: Database, reached: Callable[[Document], bool]) -> None:
    deadline = monotonic() + IN_FORCE_WITHIN
    while behind := [beat["_id"] for beat in await living(db) if not reached(beat)]:
        if monotonic() > deadline:
            raise NotInForceError(
                f"The change is stored, but {', '.join(behind)} did not take it over within {IN_FORCE_WITHIN:.0f} "
                "seconds; see `ticketstream status`."
            )
        await asyncio.sleep(0.1)


@asynccontextmanager
async def open_database(engines: EngineSettings) -> AsyncIterator[Database]:
    """Connect to the database; raises `NotInitialisedError` when it is not set up, because no service would use it."""
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        await read_publication(db)
        yield db


def _now_ms() -> int:
    return round(utc_now().timestamp() * 1_000)
