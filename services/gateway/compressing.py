"""Compression for those who ask for it (RFC 9110, 12.5.3)."""

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message

LEVEL = 1
"""A higher one costs several times the processor for a tenth fewer bytes."""

START = "http.response.start"

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0{0,3})?\s*", re.IGNORECASE)


class Compressing:
    """Wraps an ASGI application.

    Two things that Starlette's middleware overlooks: one who says `gzip;q=0` does not want it, and a 206 of ours is a
    page of items, not a part of bytes (contract README, 11), so that it is compressed like a 200.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer compressed if that is asked for."""
        asked = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        if not takes_gzip(asked):
            await self._app(scope, receive, send)
            return
        status = 200

        async def with_any_status(scope: Any, receive: Any, send: Any) -> None:
            async def send_as_whole(message: Message) -> None:
                nonlocal status
                if message["type"] == START:
                    status, message["status"] = message["status"], 200
                await send(message)

            await self._app(scope, receive, send_as_whole)

        async def send_with_status(message: Message) -> None:
            await send({**message, "status": status} if message["type"] == START else message)

        await GZipMiddleware(with_any_status, compresslevel=LEVEL)(scope, receive, send_with_status)


def takes_gzip(accepted: str) -> bool:
    """Tell whether `Accept-Encoding` names gzip, and not with a weight of 0."""
    for coding in accepted.split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return _REFUSED.fullmatch(weight) is None
    return False
