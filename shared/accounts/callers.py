"""Callers: the users who send requests, found by the token or the session of each request."""

from datetime import datetime

from shared.accounts.credentials import Credentials
from shared.accounts.sessions import Sessions
from shared.accounts.tokens import Tokens
from shared.accounts.users import User
from shared.mongo import Database


class Callers:
    """Finds callers. A token decides alone: with a wrong one, a session beside it does not count (contract 87)."""

    def __init__(self, db: Database) -> None:
        self.sessions = Sessions(db)
        self._tokens = Tokens(db, self.sessions)

    def recall(self, given: Credentials, now: datetime) -> User | None:
        """Return the caller from memory, or None when only `user_of` can find it."""
        if given.token is not None:
            return self._tokens.recall(given.token, now)
        return self.sessions.recall(given.sessions[0], now) if given.sessions else None

    async def user_of(self, given: Credentials, now: datetime) -> User | None:
        """Return the caller, or None when the token or all sessions are not valid."""
        if given.token is not None:
            return await self._tokens.user_of(given.token, now)
        return await self.sessions.user_of_any(given.sessions, now)
