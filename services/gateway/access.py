"""The user of a request, and what the user may see. Every read starts here."""

from starlette.requests import Request

from shared.accounts.callers import Callers
from shared.accounts.credentials import Credentials, read_credentials
from shared.accounts.scopes import Visible, visible_in
from shared.accounts.users import User
from shared.clock import utc_now
from shared.directory.entries import Directory
from shared.directory.replica import DirectoryReplica


class NotLoggedInError(Exception):
    """The request has neither a valid token nor a live session. `given` is what it has."""

    def __init__(self, given: Credentials) -> None:
        super().__init__()
        self.given = given


class Access:
    """Finds the user of a request by its token or session, and what their scope makes visible."""

    def __init__(self, callers: Callers, replica: DirectoryReplica) -> None:
        self._callers = callers
        self._replica = replica

    async def user(self, request: Request) -> User:
        """Return the user, and store their uid in the ASGI scope as `user`; raises `NotLoggedInError`."""
        given = read_credentials(request.scope["headers"])
        user = await self._callers.user_of(given, utc_now())
        if user is None:
            raise NotLoggedInError(given)
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
