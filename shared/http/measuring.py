"""Metrics and traces of HTTP requests: an ASGI wrapper that measures an application by route and status."""

from collections.abc import Iterable
from functools import lru_cache
from time import perf_counter
from typing import Any

from shared.http.asgi import App, Scope
from shared.telemetry import HTTP_SECONDS
from shared.telemetry.traces import answering, readable

OTHER = "other"
"""Route of all requests without an endpoint. Their paths are no labels, because clients may send any number of them."""
STATUS = "http.response.status_code"

_seconds = lru_cache(HTTP_SECONDS.labels)
"""The histogram of a route and a status: to find it takes longer than to count."""


class Measured:
    """Passes requests to `app`, whose endpoints are at `paths`. The last segment of a path may be a parameter."""

    def __init__(self, app: App, paths: Iterable[str]) -> None:
        self._app = app
        self._routes = {path.rpartition("{")[0] or path: path for path in paths}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began, route = 0, perf_counter(), self._route(scope["path"])

        async def noted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with answering(f"{scope['method']} {route}", readable(_traceparent(scope["headers"]))) as span:
            try:
                await self._app(scope, receive, noted)
            finally:
                _seconds(route, str(status or "none")).observe(perf_counter() - began)
                span.end({"http.request.method": scope["method"], "http.route": route, STATUS: status})

    def _route(self, path: str) -> str:
        parent = path[: path.rfind("/") + 1]
        return self._routes.get(path) or self._routes.get(parent, OTHER)


def _traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"traceparent"), None)
