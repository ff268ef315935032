"""Who is logged in: sessions kept in MongoDB, each behind an opaque token (contract `http.yaml`, session)."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.mongo import Database
from shared.users import User, password_matches, read_user

COOKIE = "PI_SESSION"
LIFETIME = timedelta(hours=12)
IDLE = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last activity is kept: one write a minute and session, however busy it is."""
TRUSTED_FOR = timedelta(seconds=4)
"""How long a session is believed without asking again: a change of its user takes effect within five seconds."""
CACHED_SESSIONS = 10_000
HASHES_AT_ONCE = 2
"""Each password check takes 64 MiB and some 50 ms of a core."""
HASHES_WAITING = 32


class TooManyLoginsError(Exception):
    """More logins are waiting for their password check than the process is ready to hold."""


@dataclass(slots=True)
class _Session:
    user: User
    created: datetime
    seen: datetime
    checked: datetime


def session_token(cookie_header: str | None) -> str | None:
    """Find the session token in a `Cookie` header; old clients echo the attributes of `Set-Cookie` along with it."""
    for pair in (cookie_header or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE and value:
            return value
    return None


async def users_version(db: Database) -> int:
    """Tell how often the users were changed; every change adds one."""
    document = await db.versions.find_one({"_id": "users"})
    return document["version"] if document else 0


class Sessions:
    """Opens sessions and tells who is behind one; a bounded memory spares MongoDB a question per request."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, _Session] = {}
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._waiting = 0
        self.users_version = 0
        """Version of the users that every answer of `user_of` is at least as new as."""

    async def log_in(self, login: str, password: str, now: datetime) -> str | None:
        """Open a session and give its token; None when login or password is wrong.

        Raises `TooManyLoginsError` when too many are waiting already.
        """
        if self._waiting >= HASHES_WAITING:
            raise TooManyLoginsError
        self._waiting += 1
        try:
            document = await self._db.users.find_one({"login": login})
            kept = document.get("passwordHash") if document else None
            async with self._hashing:
                matches = await asyncio.to_thread(password_matches, password, kept)
        finally:
            self._waiting -= 1
        if not document or not matches:
            return None
        token = secrets.token_urlsafe(32)
        opened_with = {"user": document["_id"], "password": _digest(document["passwordHash"])}
        await self._db.sessions.insert_one({"_id": _digest(token), **opened_with, "created": now, "seen": now})
        return token

    def recall(self, token: str | None, now: datetime) -> User | None:
        """Tell who holds `token` if that is known for sure at the moment; else only `user_of` can tell."""
        session = self._known.get(_digest(token)) if token else None
        if session is None or now - session.checked > TRUSTED_FOR or now - session.seen > SEEN_EVERY:
            return None
        return session.user if now - session.created <= LIFETIME else None

    async def user_of(self, token: str | None, now: datetime) -> User | None:
        """Tell who holds `token`; None when nobody does or the session's life or idle time is over."""
        if token is None:
            return None
        key = _digest(token)
        session = self._known.get(key)
        if session is None or now - session.checked > TRUSTED_FOR:
            session = await self._read(key, now)
        if session is None or now - session.created > LIFETIME or now - session.seen > IDLE:
            self._known.pop(key, None)
            return None
        if now - session.seen > SEEN_EVERY:
            await self._db.sessions.update_one({"_id": key}, {"$max": {"seen": now}})
            session.seen = now
        return session.user

    async def refresh(self) -> None:
        """Look whether the users changed, and forget what is known of them if so."""
        version = await users_version(self._db)
        if version != self.users_version:
            self._known.clear()
            self.users_version = version

    async def _read(self, key: str, now: datetime) -> _Session | None:
        version = self.users_version
        found = await self._db.sessions.find_one({"_id": key})
        user = await self._db.users.find_one({"_id": found["user"]}) if found else None
        if not found or not user:
            return None
        if found.get("password") != _digest(user.get("passwordHash", "")):
            return None  # the password was changed while the login was on its way
        session = _Session(read_user(user), found["created"], found["seen"], checked=now)
        if version == self.users_version:
            while len(self._known) >= CACHED_SESSIONS:
                del self._known[next(iter(self._known))]
            self._known[key] = session
        return session


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
