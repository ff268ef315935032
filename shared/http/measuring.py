"""Metrics, traces and access log of HTTP requests: an ASGI wrapper that measures an application by route and status."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from time import perf_counter
from typing import Any

from prometheus_client import Histogram

from shared.http.asgi import App, Scope
from shared.telemetry import HTTP_SECONDS, AccessLog
from shared.telemetry.access_log import OTHER
from shared.telemetry.traces import begin, is_recording, readable

STATUS = "http.response.status_code"


class Measured:
    """Passes requests to `app`, whose endpoints are at `paths`. The last segment of a path may be a parameter.

    Answers of the paths `endless` last as long as their clients stay: the time to their beginning is measured.
    `access` gets a line for each request, unless it is None.
    """

    def __init__(
        self, app: App, paths: Sequence[str], *, endless: Collection[str] = (), access: AccessLog | None = None
    ) -> None:
        self._app = app
        self._endless = frozenset(endless)
        self._access = access
        self._routes = {path: path for path in paths if "{" not in path}
        self._below = {path.rpartition("{")[0]: path for path in paths if "{" in path}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began, route, method = 0, perf_counter(), self._route(scope["path"]), scope["method"]
        answered: float | None = None

        async def noted(message: Any) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                if route in self._endless:
                    answered = perf_counter()
            await send(message)

        with begin(f"{method} {route}", "server", readable(_traceparent(scope["headers"]))) as span:
            try:
                await self._app(scope, receive, noted)
            finally:
                seconds = (answered or perf_counter()) - began
                _seconds(route, status).observe(seconds)
                if self._access is not None:
                    self._access.request(method, route, status, seconds, span.traceparent)
                if is_recording():
                    span.end({"http.request.method": method, "http.route": route, STATUS: status})

    def _route(self, path: str) -> str:
        return self._routes.get(path) or self._below.get(path[: path.rfind("/") + 1], OTHER)


@cache
def _seconds(route: str, status: int) -> Histogram:
    """Return the histogram of one route and status. A look-up in the metric itself costs more than an observation."""
    return HTTP_SECONDS.labels(route, str(status or "none"))


def _traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"traceparent"), None)
