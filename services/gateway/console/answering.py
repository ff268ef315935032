"""How the console answers: pages with their headers, and a page for every refusal."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from services.gateway.access import Access, NotLoggedInError
from services.gateway.console.languages import language_of
from services.gateway.console.local_paths import HOME, LONGEST
from services.gateway.console.rendering import rendered
from services.gateway.console.writing import cut
from services.gateway.parameters.query import BadParameterError
from services.gateway.views.terms import TooManyFoundError
from shared.accounts.users import User
from shared.http.answers import whole_response
from shared.http.bodies import ClientLeftError
from shared.http.concurrency_limit import FullError
from shared.http.error_answers import BODY_REFUSALS, failure_body
from shared.http.memory_budget import OverBudgetError
from shared.mongo import PyMongoError
from shared.process.offloading import offloaded
from shared.storage.publication import NotInitialisedError
from shared.telemetry import logger

POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
"""Headers of all pages and files: nothing of another site is loaded, and no page runs or looks as its texts want."""
SEE_OTHER: Final = 303
HTML: Final = "text/html"
LONGEST_MESSAGE: Final = 500
UNAVAILABLE: Final = (FullError, PyMongoError, TooManyFoundError, OverBudgetError, NotInitialisedError)
"""What another attempt may not meet: the database is set up later, for instance."""

PASSED_ON: Final[tuple[type[Exception], ...]] = (ClientDisconnect, ClientLeftError, *BODY_REFUSALS)
"""What the handlers of the API answer: nobody reads these answers, or the body was no form of the console."""

log = logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


def may_see_platform(user: User) -> bool:
    """Return whether a user may see how the platform does."""
    return user.role == "operator" and user.scope.kind == "everything"


def language(request: Request) -> str:
    """Return the language of the answer to a request."""
    accepted = ",".join(request.headers.getlist("accept-language"))
    return language_of(request.headers.getlist("cookie"), accepted)


async def user_of(access: Access, request: Request) -> User:
    """Return the user of a request, whose pages then have the menu. Raises `NotLoggedInError`."""
    request.state.user = user = await access.user(request)
    return user


async def html(request: Request, template: str, *, status: int = 200, size: int = 0, **data: Any) -> Response:
    """Return a page. `size`: bytes of the texts that it is made of, about; many are rendered on a thread."""
    user: User | None = getattr(request.state, "user", None)
    frame = {
        "here": _address(request),
        "path": request.url.path,
        "is_user": user is not None,
        "sees_platform": user is not None and may_see_platform(user),
    }
    body = await offloaded(size, partial(rendered, template, language(request), **frame, **data))
    return whole_response(body, HTML, status, POLICY)


def see(path: str, **headers: str) -> Response:
    """Return the answer that sends a browser to `path`, a local one."""
    return RedirectResponse(path, SEE_OTHER, {**POLICY, **headers})


def page(handler: Handler) -> Handler:
    """Return an endpoint that answers a refusal with a page; who is not logged in sees the form first."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except NotLoggedInError:
            return see(f"/login?next={quote(_address(request), safe='/')}")
        except BadParameterError as refusal:
            return await _refused(request, 400, str(refusal))
        except HTTPException as refusal:
            return await _refused(request, refusal.status_code)
        except UNAVAILABLE as failure:
            log.warning("page_unavailable", kind=type(failure).__name__)
            refused = await _refused(request, 503)
            refused.headers["Retry-After"] = "1"
            return refused
        except PASSED_ON:
            raise
        except Exception as failure:
            failure_body(request.method, failure)  # logs it
            return await _refused(request, 500)

    return answer


def _address(request: Request) -> str:
    """Return the address to come back to: that of the request, as far as it is short and can be asked for with GET."""
    if request.method not in ("GET", "HEAD"):
        return HOME
    path, query = request.url.path, request.url.query
    return next((one for one in (f"{path}?{query}" if query else path, path) if len(one) <= LONGEST), HOME)


async def _refused(request: Request, status: int, message: str = "") -> Response:
    """Return the page of a refusal. `message` is a sentence of the API, in English."""
    return await html(
        request,
        "refused.html",
        status=status,
        code=status if status in (400, 403, 404, 503) else 500,
        message=cut(message, LONGEST_MESSAGE),
    )
