"""The access log: one line for each request, which names neither a person, nor a query, nor a value of a path.

Its cost counts for every command. So a line is put together from parts that were rendered before, and the writer's
thread writes many lines at once.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from time import time

import orjson

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""Stands for all other methods, and for all paths without an endpoint: clients may send any number of them."""


class AccessLog:
    """Passes lines of the process `name` to `add`."""

    def __init__(self, name: str, add: Callable[[bytes], None], clock: Callable[[], float] = time) -> None:
        self._add = add
        self._clock = clock
        self._second, self._stamp = -1, b""
        self._facts = cache(lambda method, route, status: _facts(name, method, route, status))

    def request(self, method: str, route: str, status: int, seconds: float, traceparent: str) -> None:
        """Log a request that took `seconds`; `status` is 0 if it was not answered. `route` is a template."""
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._second = second
            self._stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
        known = method if method in METHODS else OTHER
        self._add(
            b'{"timestamp":"%s.%06dZ",%s,"ms":%.2f,"trace":"%s"}\n'
            % (
                self._stamp,
                (now - second) * 1_000_000,
                self._facts(known, route, status),
                seconds * 1_000,
                traceparent[3:35].encode(),
            )
        )


def _facts(name: str, method: str, route: str, status: int) -> bytes:
    """Return the facts that many lines have in common, as the middle of a JSON object."""
    facts = {"event": "request", "level": "info", "process": name, "method": method, "route": route}
    return orjson.dumps(facts | {"status": status or None})[1:-1]
