"""Tokens: programs send them in place of a session's cookie (contract 87). MongoDB stores their hashes.

A token acts with the present role and scope of its user, until its end, its revocation, or the removal of the user.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.accounts.sessions import SEEN_EVERY, Sessions, digest, is_recent
from shared.accounts.users import User, read_user
from shared.lru import LruCache
from shared.mongo import Database, Document

PREFIX = "ticketstream_"
"""Beginning of every token. Programs that search texts for secrets know it by that."""
CACHED_TOKENS = 10_000

_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


@dataclass(slots=True)
class _Token:
    user: User
    ends: datetime
    used: datetime | None
    """The last use that is stored."""
    checked: datetime
    users_version: int


def new_token(user: str, name: str, made: datetime, lifetime: timedelta) -> tuple[str, Document]:
    """Return a random token of the user with the uid `user`, and its document for the collection `tokens`."""
    token = PREFIX + secrets.token_urlsafe(32)
    return token, {"_id": digest(token), "user": user, "name": name, "made": made, "ends": made + lifetime}


class Tokens:
    """Finds the users of tokens. A bounded cache saves a query to MongoDB per request.

    A change of the users that `sessions` knows of invalidates what is cached.
    """

    def __init__(self, db: Database, sessions: Sessions) -> None:
        self._db = db
        self._sessions = sessions
        self._known: LruCache[str, _Token] = LruCache(CACHED_TOKENS)

    def recall(self, token: str, now: datetime) -> User | None:
        """Return the user of `token` from the cache, or None when only `user_of` can find it."""
        known = self._trusted(digest(token), now)
        return known.user if known and now < known.ends and _use_is_stored(known, now) else None

    async def user_of(self, token: str, now: datetime) -> User | None:
        """Return the user of `token`, or None when there is no such token or it has ended."""
        if not _FORM.fullmatch(token):
            return None
        key = digest(token)
        known = self._trusted(key, now) or await self._read(key, now)
        if known is None or now >= known.ends:
            return None
        if not _use_is_stored(known, now):
            await self._db.tokens.update_one({"_id": key}, {"$max": {"used": now}})
            known.used = now
        return known.user

    def _trusted(self, key: str, now: datetime) -> _Token | None:
        known = self._known.get(key)
        if known is None or known.users_version != self._sessions.users_version or not is_recent(known.checked, now):
            return None
        return known

    async def _read(self, key: str, now: datetime) -> _Token | None:
        version = self._sessions.users_version
        found = await self._db.tokens.find_one({"_id": key})
        user = await self._db.users.find_one({"_id": found["user"]}) if found else None
        if found is None or user is None:
            self._known.pop(key)
            return None
        known = _Token(read_user(user), found["ends"], found.get("used"), checked=now, users_version=version)
        self._known.put(key, known)
        return known


def _use_is_stored(known: _Token, now: datetime) -> bool:
    return known.used is not None and now - known.used <= SEEN_EVERY
