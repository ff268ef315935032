"""Plain ASGI for the busiest routes: without a framework's router, middleware, request and response objects."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from shared.http.error_answers import error_body, failure_body

Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""
Header = tuple[bytes, bytes]

JSON: Header = (b"content-type", b"application/json")


def header_values(headers: Iterable[Header], name: bytes) -> list[str]:
    """Return the values of all `headers` called `name`, which is in lower case."""
    return [value.decode("latin-1") for given, value in headers if given == name]


class Exchange:
    """A request and its answer."""

    def __init__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.path_params: dict[str, str] = scope.get("path_params", {})
        self._headers: Iterable[Header] = scope["headers"]
        self.receive = receive
        self._send = send

    def header(self, name: bytes) -> str | None:
        """Return the first header called `name`, which is in lower case, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: bytes) -> list[str]:
        """Return all headers called `name`, which is in lower case."""
        return header_values(self._headers, name)

    async def answer(self, status: int, body: bytes = b"", headers: Sequence[Header] = ()) -> None:
        """Send the whole answer."""
        length = (b"content-length", str(len(body)).encode())
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, status: int, error_type: str, message: str, headers: Sequence[Header] = ()) -> None:
        """Send an error in the contract's shape (`error_body`)."""
        await self.answer(status, error_body(error_type, message), (JSON, *headers))


class Shortcuts:
    """Passes requests of the busiest routes to their endpoints, and all other requests to `app`.

    `app` must know the busiest routes too. `whole` maps method and path to an endpoint. `below` maps method and parent
    path to an endpoint; the last segment of the path is then its path parameter `ticket_uid`.
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
        except Exception as failure:  # no other code can answer this request; a second answer ends the connection
            body = failure_body(scope["method"], failure)
            await Exchange(scope, receive, send).answer(500, body, (JSON,))

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
