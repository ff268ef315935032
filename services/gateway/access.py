"""Who asks, and what they may see: every read takes its filter from here."""

from starlette.requests import Request

from services.gateway.filters import Filter
from shared.clock import utc_now
from shared.replica import DirectoryReplica
from shared.scopes import scope_filter
from shared.sessions import Sessions, session_token


class NotLoggedInError(Exception):
    """The request comes without a session that is alive."""


class Access:
    """Turns a request's session into the filter that leaves what its user may see."""

    def __init__(self, sessions: Sessions, replica: DirectoryReplica) -> None:
        self._sessions = sessions
        self._replica = replica

    async def visible(self, request: Request) -> Filter:
        """Give the filter on `tickets`, `journal` and counters; raises `NotLoggedInError`."""
        user = await self._sessions.user_of(session_token(request.headers.get("cookie")), utc_now())
        if user is None:
            raise NotLoggedInError
        return scope_filter(user.scope, self._replica.directory)
