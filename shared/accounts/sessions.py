"""Sessions: who is logged in. MongoDB stores them; clients hold an opaque token (contract `http.yaml`, session)."""

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.accounts.users import User, password_matches, read_user
from shared.http.addresses import Origin
from shared.lru import LruCache
from shared.mongo import DESCENDING, Database, Document, aggregate
from shared.storage.schema import SESSION_LIFETIME

IDLE = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)
"""Precision of the last activity: at most one write per minute and session."""
TRUSTED_FOR = timedelta(seconds=4)
"""How long a cached session is valid. So a change of its user takes effect within five seconds."""
CACHED_SESSIONS = 10_000
SESSIONS_LOOKED_AT = 100_000
"""Newest sessions that `origins` reads."""


@dataclass(slots=True)
class _Session:
    key: str
    """Digest of the session's token."""
    user: User
    created: datetime
    seen: datetime
    checked: datetime


async def users_version(db: Database) -> int:
    """Return the version of the users. Every change of a user adds one."""
    document = await db.versions.find_one({"_id": "users"})
    return document["version"] if document else 0


class Sessions:
    """Opens sessions and finds their users. A bounded cache saves a query to MongoDB per request."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: LruCache[str, _Session] = LruCache(CACHED_SESSIONS)
        self.users_version = 0
        """Every result of `user_of` is at least as new as this version of the users."""

    async def log_in(self, login: str, password: str, now: datetime, origin: Origin | None = None) -> str | None:
        """Open a session, store its `origin`, and return its token. Return None when login or password is wrong.

        A check takes 64 MiB and some 50 ms of a core. Callers must limit the rate and the concurrency.
        """
        document = await self._db.users.find_one({"login": login})
        kept = document.get("passwordHash") if document else None
        matches = await asyncio.to_thread(password_matches, password, kept)
        if not document or not matches:
            return None
        token = secrets.token_urlsafe(32)
        opened_with = {"user": document["_id"], "password": _digest(document["passwordHash"])}
        came_from = {"origin": origin._asdict()} if origin else {}
        times = {"created": now, "seen": now}
        await self._db.sessions.insert_one({"_id": _digest(token), **opened_with, **times, **came_from})
        return token

    async def end(self, tokens: Iterable[str]) -> None:
        """End the sessions of `tokens`. Other processes may accept them for `TRUSTED_FOR`."""
        keys = [_digest(token) for token in tokens]
        await self._db.sessions.delete_many({"_id": {"$in": keys}})
        for key in keys:
            self._known.pop(key)

    def recall(self, token: str | None, now: datetime) -> User | None:
        """Return the user of `token` from the cache, or None when only `user_of` can find it."""
        session = self._known.get(_digest(token)) if token else None
        if session is None or not _is_trusted(session, now) or now - session.seen > SEEN_EVERY:
            return None
        return session.user if now - session.created <= SESSION_LIFETIME else None

    async def user_of(self, token: str | None, now: datetime) -> User | None:
        """Return the user of `token`, or None when the session does not exist or has expired."""
        return await self.user_of_any((token,), now) if token else None

    async def user_of_any(self, tokens: Iterable[str], now: datetime) -> User | None:
        """Return the user of the first token that has a valid session, or None.

        One query to MongoDB reads all tokens before the first one in the cache.
        """
        unknown: list[str] = []
        session = None
        for key in map(_digest, tokens):
            remembered = self._known.get(key)
            if remembered is None or not _is_trusted(remembered, now):
                unknown.append(key)
            elif _is_alive(remembered, now):
                session = remembered
                break
        if unknown:
            session = await self._read_first(unknown, now) or session
        if session is None:
            return None
        if now - session.seen > SEEN_EVERY:
            await self._db.sessions.update_one({"_id": session.key}, {"$max": {"seen": now}})
            session.seen = now
        return session.user

    async def refresh(self) -> None:
        """Read the version of the users, and clear the cache if it has changed."""
        version = await users_version(self._db)
        if version != self.users_version:
            self._known.clear()
            self.users_version = version

    async def origins(self, since: datetime, *, logins: int, of_one_login: int) -> list[Origin]:
        """Return the different origins of the stored sessions that were opened after `since`, the newest at the end.

        At most the `logins` newest logins are returned, each with its `of_one_login` newest addresses. At most
        `SESSIONS_LOOKED_AT` sessions are read.
        """
        pipeline: list[Document] = [
            {"$match": {"created": {"$gt": since}}},
            {"$sort": {"created": DESCENDING}},
            {"$limit": SESSIONS_LOOKED_AT},
            {"$match": {"origin": {"$exists": True}}},
            {"$group": {"_id": "$origin", "last": {"$max": "$created"}}},
            {"$sort": {"last": DESCENDING}},
            {"$group": {"_id": "$_id.login", "addresses": {"$push": "$_id.address"}, "last": {"$first": "$last"}}},
            {"$sort": {"last": DESCENDING}},
            {"$limit": logins},
            {"$project": {"addresses": {"$slice": ["$addresses", of_one_login]}}},
        ]
        found = await aggregate(self._db.sessions, pipeline)
        return [Origin(each["_id"], address) for each in reversed(found) for address in reversed(each["addresses"])]

    async def _read_first(self, keys: list[str], now: datetime) -> _Session | None:
        """Return the first session of `keys` that is alive, and replace the cached sessions of `keys` by it."""
        version = self.users_version
        found = {each["_id"]: each for each in await self._db.sessions.find({"_id": {"$in": keys}}).to_list(None)}
        holders = {"_id": {"$in": list({each["user"] for each in found.values()})}}
        users = {each["_id"]: each for each in await self._db.users.find(holders).to_list(None)} if found else {}
        for key in keys:
            self._known.pop(key)
        alive = (_alive(found[key], users, now) for key in keys if key in found)
        session = next(filter(None, alive), None)
        if session is not None and version == self.users_version:
            self._known.put(session.key, session)
        return session


def _alive(found: Document, users: Mapping[str, Document], now: datetime) -> _Session | None:
    """Return the session of a document if it is alive and its user is one of `users`, else None."""
    user = users.get(found["user"])
    if user is None or found.get("password") != _digest(user.get("passwordHash", "")):
        return None  # the user was removed, or the password changed during the login
    session = _Session(found["_id"], read_user(user), found["created"], found["seen"], checked=now)
    return session if _is_alive(session, now) else None


def _is_alive(session: _Session, now: datetime) -> bool:
    return now - session.created <= SESSION_LIFETIME and now - session.seen <= IDLE


def _is_trusted(session: _Session, now: datetime) -> bool:
    """Return whether the cached session is valid. After a clock was set back, it is not."""
    return timedelta(0) <= now - session.checked <= TRUSTED_FOR


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
