"""Compression of answers for clients that ask for it (RFC 9110, 12.5.3)."""

import re
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message

LEVEL = 1
"""Level of gzip. A higher one takes several times the processor time for a tenth fewer bytes."""

START = "http.response.start"

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0{0,3})?\s*", re.IGNORECASE)


class Compressing:
    """Compresses the answers of an ASGI application.

    It adds two rules to Starlette's middleware. A client that sends `gzip;q=0` gets no gzip. A 206 is compressed like a
    200, because here it is a page of items and not a range of bytes (contract 11).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, compressed if the client asks for it."""
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
    """Return whether `Accept-Encoding` names gzip with a weight above 0."""
    for coding in accepted.split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return _REFUSED.fullmatch(weight) is None
    return False
