"""HTTP without a framework's router, middleware, request and response: for the routes that nearly all requests take."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

import orjson

from shared.failures import facts_of
from shared.telemetry import logger

Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""
Header = tuple[bytes, bytes]

BODY_SECONDS = 15
"""How long a body may take to arrive."""
JSON: Header = (b"content-type", b"application/json")
FAILED = "The server failed to answer; the failure was logged."

log = logger(__name__)


class ClientLeftError(Exception):
    """The client went away before its request was complete: nobody reads an answer."""


class SlowBodyError(Exception):
    """The body did not arrive within `BODY_SECONDS`."""


def error_body(error_type: str, message: str) -> bytes:
    """Write the shape of `Error` and `TicketEventError` (contract README, 18)."""
    return orjson.dumps({"errorType": error_type, "message": message})


class Exchange:
    """A request as it comes in and the answer to it."""

    def __init__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.path_params: dict[str, str] = scope["path_params"]
        self._headers: Iterable[Header] = scope["headers"]
        self._receive = receive
        self._send = send

    def header(self, name: bytes) -> str | None:
        """Give the first header called `name`, which is in lower case."""
        return next((value.decode("latin-1") for given, value in self._headers if given == name), None)

    async def body(self, limit: int) -> bytes | None:
        """Read the body; None when it is longer than `limit` bytes.

        Raises `ClientLeftError` or `SlowBodyError`.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while (message := await self._receive())["type"] == "http.request":
                    body += message.get("body", b"")
                    if len(body) > limit:
                        return None
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            raise SlowBodyError from None
        raise ClientLeftError

    async def answer(self, status: int, body: bytes = b"", headers: Sequence[Header] = ()) -> None:
        """Send the whole answer."""
        length = (b"content-length", str(len(body)).encode())
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, status: int, error_type: str, message: str, headers: Sequence[Header] = ()) -> None:
        """Answer with an `error_body`."""
        await self.answer(status, error_body(error_type, message), (JSON, *headers))


class Shortcuts:
    """Sends the busiest routes straight to their endpoints, and all other requests to `app`, which knows these too.

    `whole` maps method and path to an endpoint, `below` method and parent: the path's last segment is then the
    endpoint's path parameter `ticket_uid`.
    """

    def __init__(self, app: App, *, whole: Mapping[tuple[str, str], App], below: Mapping[tuple[str, str], App]) -> None:
        self._app = app
        self._whole = whole
        self._below = below

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        endpoint = self._endpoint(scope) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        try:
            await endpoint(scope, receive, send)
        except Exception as failure:  # the last one who can answer, as in a framework
            log.error("request_failed", method=scope["method"], **facts_of(failure))
            await Exchange(scope, receive, send).refuse(500, "ServerError", FAILED)

    def _endpoint(self, scope: Scope) -> App | None:
        method, path = scope["method"], scope["path"]
        scope["path_params"] = {}
        if endpoint := self._whole.get((method, path)):
            return endpoint
        parent, _, ticket = path.rpartition("/")
        if ticket and (endpoint := self._below.get((method, parent))):
            scope["path_params"] = {"ticket_uid": ticket}
            return endpoint
        return None
