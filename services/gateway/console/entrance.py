"""Login and logout by forms that need no script, and the choice of the language."""

from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.access import Access, NotLoggedInError
from services.gateway.console.answering import html, see, user_of
from services.gateway.console.languages import LANGUAGES, language_cookie
from services.gateway.console.local_paths import local_path
from services.gateway.endpoints.login import LOGIN_LIMIT, Login
from services.gateway.parameters.query import BadParameterError
from services.gateway.passwords.attempts import TooManyAttemptsError
from services.gateway.passwords.checks import TooManyLoginsError
from shared.contract import LoginRequest
from shared.http.bodies import LargeBodyError, read_body
from shared.telemetry import logger

LOGIN_PAGE: Final = "/login"
LANGUAGE_PAGE: Final = "/language"
FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 10

log = logger(__name__)


class Entrance:
    """Answers the forms. A login has the limits and the queue of the API's login."""

    def __init__(self, access: Access, login: Login) -> None:
        self._access = access
        self._login = login

    async def show(self, request: Request) -> Response:
        """Return the form; `next` of the query is the page that was asked for."""
        return await self._form(request, local_path(request.query_params.get("next", "")))

    async def log_in(self, request: Request) -> Response:
        """Open a session and go to the page that was asked for, or show the form again and say why not."""
        form = await _read_form(request)
        wanted = LoginRequest(login=form.get("login", ""), password=form.get("password", ""))
        after = local_path(form.get("next", ""))
        again = partial(self._form, request, after, login=wanted.login)
        try:
            cookie = await self._login.new_cookie(wanted, request)
        except TooManyAttemptsError as limited:
            log.warning("login_limited", seconds=limited.seconds)
            return await again(status=429, refusal="login.limited", wait=limited.seconds)
        except TooManyLoginsError:
            return await again(status=503, refusal="login.busy", wait=1)
        if cookie is None:
            return await again(status=400, refusal="login.wrong")
        return see(after, **{"Set-Cookie": cookie})

    async def log_out(self, request: Request) -> Response:
        """End the session and go to the form. Raises `NotLoggedInError`."""
        await user_of(self._access, request)
        return see(LOGIN_PAGE, **{"Set-Cookie": await self._login.end_session(request)})

    async def choose_language(self, request: Request) -> Response:
        """Keep the chosen language in a cookie, and go back to the page."""
        form = await _read_form(request)
        if form.get("language") not in LANGUAGES:
            raise BadParameterError(f"Field language must be {' or '.join(LANGUAGES)}.")
        cookie = language_cookie(form["language"], secure=request.url.scheme == "https")
        return see(local_path(form.get("next", "")), **{"Set-Cookie": cookie})

    async def _form(
        self, request: Request, after: str, *, login: str = "", status: int = 200, refusal: str = "", wait: int = 0
    ) -> Response:
        with suppress(NotLoggedInError):
            await user_of(self._access, request)
        answer = await html(request, "login.html", status=status, after=after, login=login, refusal=refusal, wait=wait)
        if wait:
            answer.headers["Retry-After"] = str(wait)
        return answer


async def _read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises `BadParameterError`, or what `BODY_REFUSALS` answers."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        raise BadParameterError(f"Send the form as {FORM}.")
    body = await read_body(request.receive, LOGIN_LIMIT)
    if len(body) > LOGIN_LIMIT:
        raise LargeBodyError(f"A form may take {LOGIN_LIMIT} bytes.")
    try:
        return dict(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        )
    except ValueError:
        raise BadParameterError("The form cannot be read.") from None
