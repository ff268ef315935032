"""Answers that HTTP services share: JSON within a memory budget, and errors in the contract's shape."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, ExceptionHandler

from shared.http.bodies import ClientLeftError
from shared.http.error_answers import BODY_REFUSALS, body_refusal, error_body, failure_body
from shared.http.memory_budget import MemoryBudget, OverBudgetError
from shared.telemetry import logger

log = logger(__name__)

SMALL_ANSWER = 64 * 1024
"""Bytes of the largest answer that the budget does not count: the server hands it to the socket at once."""
ANSWER_BUDGET = MemoryBudget(64 * 1024 * 1024, for_one=32 * 1024 * 1024)
"""Memory of a process for larger answers that clients have not read yet."""
ANSWER_SECONDS = 240.0
"""Seconds in which a client must read a larger answer. MongoDB keeps snapshots readable for 300 seconds."""


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer whose body is the JSON `body`."""
    return whole_response(body, "application/json", status, headers)


def whole_response(
    body: bytes, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with `body`; a large one counts against `ANSWER_BUDGET`."""
    kind = Response if len(body) <= SMALL_ANSWER else _BudgetedResponse
    return kind(body, status, headers, media_type=media_type)


def json_items(
    opening: bytes, items: Iterable[bytes], closing: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer whose body joins `items`, each of them JSON, with commas between `opening` and `closing`."""
    return json_response(opening + b",".join(items) + closing, status, headers)


class _BudgetedResponse(Response):
    """A large answer. It counts against `ANSWER_BUDGET` until the client has read nearly all of it.

    Raises `OverBudgetError` before anything is sent.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with ANSWER_BUDGET.share(scope["user"]) as share:
            share.hold(len(self.body))
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await send({"type": "http.response.body", "body": self.body, "more_body": True})
                    await send({"type": "http.response.body"})  # waits until the server can send again
            except TimeoutError:
                log.warning("answer_abandoned", whole_within=ANSWER_SECONDS)


def error(status: int, error_type: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error in the contract's shape (`error_body`)."""
    return json_response(error_body(error_type, message), status, headers)


def unavailable(message: str) -> Response:
    """Return the answer 503: a retry after one second may succeed."""
    return error(503, "Unavailable", message, {"Retry-After": "1"})


def is_json(content_type: str | None) -> bool:
    """Return whether a body with this `Content-Type` is accepted (contract 68)."""
    return content_type is None or content_type.split(";")[0].strip().lower() in ("", "application/json")


async def _answer_routing_error(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)  # noqa: S101 - registered for this type alone
    kind = {404: "NotFound", 405: "MethodNotAllowed"}.get(refusal.status_code, "BadRequest")
    headers = dict(refusal.headers or {})
    message = refusal.detail
    if "Allow" in headers:  # Starlette writes a set, whose order differs between processes
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
        message += f"; this path takes {headers['Allow']}."
    return error(refusal.status_code, kind, message, headers)


async def _answer_500(request: Request, failure: Exception) -> Response:
    return json_response(failure_body(request.method, failure), 500)


async def _answer_nobody(_request: Request, _departure: Exception) -> Response:
    return Response(status_code=400)  # the client left before its body was complete: nobody reads this


async def _answer_body_refusal(request: Request, refusal: Exception) -> Response:
    if isinstance(refusal, OverBudgetError):
        log.warning("no_room", method=request.method)
    status, error_type, message, headers = body_refusal(refusal)
    return error(status, error_type, message, {name.decode(): value.decode() for name, value in headers})


class Answering:
    """An endpoint without a router: an ASGI application that answers with what `endpoint` returns.

    `handlers` answer exceptions that come before the answer begins, as with Starlette. A later exception is raised, and
    ends the connection.
    """

    def __init__(
        self, endpoint: Callable[[Request], Awaitable[ASGIApp]], handlers: Mapping[Any, ExceptionHandler]
    ) -> None:
        self._endpoint = endpoint
        self._handlers: Mapping[Any, Any] = handlers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        has_begun = False

        async def sent(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        request = Request(scope, receive)
        try:
            answer = await self._endpoint(request)
            await answer(scope, receive, sent)
        except Exception as failure:
            if has_begun:
                raise
            handler = next(self._handlers[kind] for kind in type(failure).__mro__ if kind in self._handlers)
            refusal: Any = await handler(request, failure)
            failure.__traceback__ = None  # requests that share a read share its failure, which would collect theirs
            await refusal(scope, receive, send)


ERROR_ANSWERS: Mapping[Any, ExceptionHandler] = {
    HTTPException: _answer_routing_error,
    ClientDisconnect: _answer_nobody,
    ClientLeftError: _answer_nobody,
    **dict.fromkeys(BODY_REFUSALS, _answer_body_refusal),
    Exception: _answer_500,
}
"""Starlette's exception handlers. They answer in the contract's shape (contract 18 and 81): routing errors, bodies that
are not accepted (`shared.http.error_answers`), and unexpected failures."""
