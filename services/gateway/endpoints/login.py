"""Login: name and password in, session cookie out (contract 16 and 82; table `http.yaml`, session)."""

from datetime import datetime, timedelta
from time import monotonic

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from services.gateway.passwords.attempts import Attempts, TooManyAttemptsError
from services.gateway.passwords.checks import Checks, TooManyLoginsError
from services.gateway.passwords.known_places import KEPT, OF_ONE_LOGIN
from shared.accounts.session_cookie import ended_cookie, session_cookie, session_tokens
from shared.accounts.sessions import Sessions
from shared.clock import utc_now
from shared.contract import LoginRequest, Unreadable, parse_login
from shared.http.addresses import source_of
from shared.http.answers import error, is_json, unavailable
from shared.http.bodies import LargeBodyError, read_body
from shared.storage.schema import SESSION_LIFETIME
from shared.telemetry import logger

LOGIN_LIMIT = 8 * 1024
"""Most bytes of a login's body. Anyone may send one, even without an account."""
LEARNED_AGAIN = timedelta(seconds=5)
"""Overlap of two reads of logins. It covers clock differences between gateways and the time that a write takes."""

log = logger(__name__)


class Login:
    """Answers `login` of the contract. `domain` is the `Domain` attribute of the cookie, None for none."""

    def __init__(self, sessions: Sessions, *, domain: str | None) -> None:
        self._sessions = sessions
        self._domain = domain
        self._attempts = Attempts()
        self._checks = Checks()
        self._learned: datetime | None = None

    async def learn(self, now: datetime) -> None:
        """Read the addresses of successful logins at all gateways since the last call; at first, of all sessions.

        Raises `PyMongoError`; the next call then reads these logins too.
        """
        since = now - SESSION_LIFETIME if self._learned is None else min(self._learned, now) - LEARNED_AGAIN
        for origin in await self._sessions.origins(since, logins=KEPT, of_one_login=OF_ONE_LOGIN):
            self._attempts.known.add(*origin)
        self._learned = now

    async def open_session(self, request: Request) -> Response:
        """Open a session and set its cookie; raises what `BODY_REFUSALS` answers."""
        if not is_json(request.headers.get("content-type")):
            return error(406, "NotAcceptable", "Send the login with Content-Type: application/json.")
        body = await read_body(request.receive, LOGIN_LIMIT)
        if len(body) > LOGIN_LIMIT:
            raise LargeBodyError(f"A login may take {LOGIN_LIMIT} bytes.")
        try:
            wanted = parse_login(body)
        except Unreadable as reason:
            return error(400, "BadRequest", f"{reason}.")
        return await self._log_in(wanted, request)

    async def _log_in(self, wanted: LoginRequest, request: Request) -> Response:
        try:
            cookie = await self.new_cookie(wanted, request)
        except TooManyAttemptsError as limited:
            log.warning("login_limited", seconds=limited.seconds)
            wait = {"Retry-After": str(limited.seconds)}
            return error(429, "TooManyRequests", "Too many logins were tried; try again later.", wait)
        except TooManyLoginsError:
            return unavailable("Too many logins are waiting; try again.")
        if cookie is None:
            return error(400, "BadRequest", "The login or the password is wrong.")
        return Response(headers={"Set-Cookie": cookie})

    async def new_cookie(self, wanted: LoginRequest, request: Request) -> str | None:
        """Return the `Set-Cookie` of a new session; None when login or password is wrong.

        All ways to log in go through here, so they share the limits and the queue of password checks.

        Raises `TooManyAttemptsError`, `TooManyLoginsError`, or `ClientDisconnect` when the client left.
        """
        address = source_of(request.client.host if request.client else "")
        attempt = self._attempts.take(wanted.login, address, monotonic())
        known = self._attempts.known
        try:
            path, is_known = known.path(*attempt.origin), known.has_address(attempt.origin.address)
            async with self._checks.turn(path, request.receive, known=is_known):
                if await request.is_disconnected():
                    raise ClientDisconnect
                token = await self._sessions.log_in(wanted.login, wanted.password, utc_now(), attempt.origin)
        except Exception:  # no password was checked
            self._attempts.cancel(attempt, monotonic())
            raise
        if token is None:
            return None
        self._attempts.succeed(attempt, monotonic())
        return session_cookie(token, domain=self._domain, secure=request.url.scheme == "https")

    async def end_session(self, request: Request) -> str:
        """End the sessions of the request's cookies, and return a `Set-Cookie` that is over."""
        await self._sessions.end(session_tokens(request.headers.getlist("cookie")))
        return ended_cookie(domain=self._domain, secure=request.url.scheme == "https")
