"""Compression for those who ask for it (RFC 9110, 12.5.3)."""

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

LEVEL = 1
"""A higher one costs several times the processor for a tenth fewer bytes."""

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0{0,3})?\s*", re.IGNORECASE)


class Compressing:
    """Wraps an ASGI application; one that says `gzip;q=0` does not want it, which the middleware alone overlooks."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer compressed if that is asked for."""
        asked = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        app = self._compressed if takes_gzip(asked) else self._plain
        await app(scope, receive, send)


def takes_gzip(accepted: str) -> bool:
    """Tell whether `Accept-Encoding` names gzip, and not with a weight of 0."""
    for coding in accepted.split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return _REFUSED.fullmatch(weight) is None
    return False
