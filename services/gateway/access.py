"""The user of a request, and what the user may see. Every read starts here."""

from collections.abc import Iterable

from starlette.requests import Request

from shared.accounts.scopes import Visible, visible_in
from shared.accounts.session_cookie import session_tokens
from shared.accounts.sessions import Sessions
from shared.accounts.users import User
from shared.clock import utc_now
from shared.directory.entries import Directory
from shared.directory.replica import DirectoryReplica


class NotLoggedInError(Exception):
    """The request has no live session."""


class Access:
    """Finds the user of a request by its session, and what their scope makes visible."""

    def __init__(self, sessions: Sessions, replica: DirectoryReplica) -> None:
        self._sessions = sessions
        self._replica = replica

    def check_named(self, cookies: Iterable[str]) -> None:
        """Raise `NotLoggedInError` if the request has no session cookie. Does not check that the session is live.

        `cookies` are the values of its headers `Cookie`.
        """
        if not session_tokens(cookies):
            raise NotLoggedInError

    async def user(self, request: Request) -> User:
        """Return the user, and store their uid in the ASGI scope as `user`; raises `NotLoggedInError`."""
        user = await self._sessions.user_of_any(session_tokens(request.headers.getlist("cookie")), utc_now())
        if user is None:
            raise NotLoggedInError
        request.scope["user"] = user.uid
        return user

    async def visible(self, request: Request) -> Visible:
        """Return what the user of the request may see; raises `NotLoggedInError`."""
        return self.visible_to(await self.user(request))

    def visible_to(self, user: User) -> Visible:
        """Return what `user` may see now."""
        return visible_in(user.scope, self._replica.directory)

    @property
    def directory(self) -> Directory:
        """Return the directory as it is now."""
        return self._replica.directory
