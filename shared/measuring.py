"""How long HTTP requests take, by route and status: an ASGI wrapper around a whole application."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

from shared.asgi import App, Scope
from shared.telemetry import HTTP_SECONDS

OTHER = "other"
"""The route of what no endpoint answers: paths are the clients' own, and there may be any number of them."""


class Measured:
    """Passes requests on to `app`, whose endpoints are at `paths`; the last segment of one may be a parameter."""

    def __init__(self, app: App, paths: Iterable[str]) -> None:
        self._app = app
        self._routes = {path.rpartition("{")[0] or path: path for path in paths}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = "none", perf_counter()

        async def noted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            HTTP_SECONDS.labels(self._route(scope["path"]), status).observe(perf_counter() - began)

    def _route(self, path: str) -> str:
        parent = path[: path.rfind("/") + 1]
        return self._routes.get(path) or self._routes.get(parent, OTHER)
