"""Logging in: a name and a password for a session cookie (contract `http.yaml`, session; README 16, 82)."""

from time import monotonic

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.attempts import Attempts
from shared.clock import utc_now
from shared.contract import LoginRequest, Unreadable, parse_login
from shared.sessions import COOKIE, Sessions, TooManyLoginsError
from shared.telemetry import logger
from shared.web import BODY_LIMIT, error, is_json, read_body, unavailable

log = logger(__name__)


class Login:
    """Answers `login` of the contract; `domain` is what the cookie says of this gateway's address."""

    def __init__(self, sessions: Sessions, *, domain: str | None) -> None:
        self._sessions = sessions
        self._domain = domain
        self._attempts = Attempts()

    async def open_session(self, request: Request) -> Response:
        """POST: open a session and set its cookie."""
        if not is_json(request.headers.get("content-type")):
            return error(406, "NotAcceptable", "Send the login with Content-Type: application/json.")
        body = await read_body(request)
        if body is None:
            return error(413, "TooLarge", f"A login may take {BODY_LIMIT} bytes.")
        try:
            wanted = parse_login(body)
        except Unreadable as reason:
            return error(400, "BadRequest", f"{reason}.")
        try:
            return await self._open(wanted, request)
        except TooManyLoginsError:
            return unavailable("Too many logins are waiting; try again.")

    async def _open(self, wanted: LoginRequest, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if wait := self._attempts.take(wanted.login, address, monotonic()):
            log.warning("login_limited", seconds=wait)
            return error(429, "TooManyRequests", "Too many logins failed; try again later.", {"Retry-After": str(wait)})
        try:
            token = await self._sessions.log_in(wanted.login, wanted.password, utc_now())
        except Exception:  # no password was looked at
            self._attempts.give_back(wanted.login, address, monotonic())
            raise
        if token is None:
            return error(400, "BadRequest", "The login or the password is wrong.")
        self._attempts.give_back(wanted.login, address, monotonic())
        self._attempts.prove(wanted.login, address)
        cookie = session_cookie(token, domain=self._domain, secure=request.url.scheme == "https")
        return Response(headers={"Set-Cookie": cookie})


def session_cookie(token: str, *, domain: str | None, secure: bool) -> str:
    """Write the `Set-Cookie` of a session; its life is the server's to know, so it names none."""
    parts = [f"{COOKIE}={token}", "Path=/"]
    if domain:
        parts.append(f"Domain={domain}")
    parts += ["HttpOnly", "SameSite=Lax"]
    if secure:
        parts.append("Secure")
    return "; ".join(parts)
