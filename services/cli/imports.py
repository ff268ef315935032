"""Changes to the directory and the users: all or nothing, and back only when every running service knows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from uuid import uuid4

from services.cli import directory_file
from services.cli.directory_file import BadEntryError
from services.cli.users_file import RemovedUser, ScopeEntry, UserEntry, new_user
from shared.clock import utc_now
from shared.heartbeats import living
from shared.kafka import Message, producer, publish
from shared.mongo import Database, Document, Session, connected, database, transaction
from shared.relay_position import relay_progress
from shared.replica import DirectoryReplica
from shared.sessions import users_version
from shared.settings import EngineSettings
from shared.topics import Topics
from shared.users import Role, hash_password, password_matches

IN_FORCE_WITHIN = 30.0
"""Seconds in which every running service must have reached a change."""


class NotInForceError(Exception):
    """The change is stored, but a running service has not reached it in time; the text says which."""


async def import_directory(engines: EngineSettings, content: bytes) -> int:
    """Import a directory file and tell how many entries it changed.

    Raises `BadEntryError` (nothing is imported then), `NotInForceError`, `NotInitialisedError`, `KafkaError` or
    `PyMongoError`, and `TimeoutError` when Kafka does not give the directory.
    """
    topic = Topics(engines.topic_prefix).directory
    async with _database(engines) as db, DirectoryReplica(engines.kafka, topic) as replica:
        changed = directory_file.changes(content, replica.directory, replica.unreadable)
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
        return len(changed)


async def import_users(engines: EngineSettings, entries: list[UserEntry | RemovedUser]) -> int:
    """Make, change and remove users and tell how many entries changed something.

    Raises `BadEntryError` (nothing is imported then), `NotInForceError`, `NotInitialisedError` or `PyMongoError`.
    """
    async with _database(engines) as db:
        present = {user["login"]: user for user in await db.users.find().to_list(None)}
        wanted = [await asyncio.to_thread(_wanted, entry, present.get(entry.login)) for entry in entries]
        changed = [
            (entry.login, after)
            for entry, after in zip(entries, wanted, strict=True)
            if after != present.get(entry.login)
        ]
        _check_uids(changed, present)
        if changed:
            async with transaction(db.client) as session:
                for login, after in changed:
                    await _replace_user(db, session, present.get(login), after)
                await _count_change(db, session)
        await _users_in_force(db)
        return len(changed)


async def add_user(
    engines: EngineSettings, login: str, *, role: Role, scope: ScopeEntry, password: str, uid: str | None
) -> bool:
    """Make a user, with a new uid by default, and tell whether it is new: one that is the same already is not.

    Raises `BadEntryError` when the login is another user's, and what `import_users` raises.
    """
    async with _database(engines) as db:
        before = await db.users.find_one({"login": login})
    user = new_user(login, role, scope, password, uid or (before["_id"] if before else str(uuid4())))
    if before and await asyncio.to_thread(_wanted, user, before) != before:
        raise BadEntryError(f"There is another user {login}; change it with `ticketstream users import`.")
    return bool(await import_users(engines, [user]))


async def revoke_sessions(engines: EngineSettings, login: str) -> int:
    """End a user's open sessions and tell how many there were; returns when no running service believes one any more.

    Raises `BadEntryError` when there is no such user, `NotInForceError`, `NotInitialisedError` or `PyMongoError`.
    """
    async with _database(engines) as db:
        user = await db.users.find_one({"login": login}, {"_id": 1})
        if user is None:
            raise BadEntryError(f"There is no user {login}.")
        async with transaction(db.client) as session:
            revoked = await db.sessions.delete_many({"user": user["_id"]}, session=session)
            await _count_change(db, session)
        await _users_in_force(db)
        return int(revoked.deleted_count)


def _wanted(entry: UserEntry | RemovedUser, before: Document | None) -> Document | None:
    """Give the document that `entry` asks for; a password that is the one kept keeps its hash."""
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


def _check_uids(changed: list[tuple[str, Document | None]], present: dict[str, Document]) -> None:
    after = {login: user["_id"] for login, user in present.items()}
    after |= {login: user["_id"] if user else "" for login, user in changed}
    owners: dict[str, str] = {}
    for login, uid in after.items():
        if uid and owners.setdefault(uid, login) != login:
            raise BadEntryError(f"{login}: uid: {uid} belongs to the user {owners[uid]}.")


async def _replace_user(db: Database, session: Session, before: Document | None, after: Document | None) -> None:
    gone = before is not None and (after is None or after["_id"] != before["_id"])
    if before is not None and (gone or (after and after.get("passwordHash") != before.get("passwordHash"))):
        await db.sessions.delete_many({"user": before["_id"]}, session=session)
    if before is not None and gone:
        await db.users.delete_one({"_id": before["_id"]}, session=session)
    if after is not None:
        await db.users.replace_one({"_id": after["_id"]}, after, upsert=True, session=session)


async def _count_change(db: Database, session: Session) -> None:
    """Have every service look at the users anew."""
    await db.versions.update_one({"_id": "users"}, {"$inc": {"version": 1}}, upsert=True, session=session)


async def _users_in_force(db: Database) -> None:
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
async def _database(engines: EngineSettings) -> AsyncIterator[Database]:
    """Connect to a database that was set up: an import into another would be lost."""
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        await relay_progress(db)
        yield db


def summary(changed: int) -> str:
    """Say how many entries an import changed."""
    return {0: "nothing changed", 1: "1 entry changed"}.get(changed, f"{changed:,} entries changed")


def _now_ms() -> int:
    return round(utc_now().timestamp() * 1_000)
