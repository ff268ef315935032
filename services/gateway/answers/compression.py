"""Compression of answers for clients that ask for it (RFC 9110, 12.5.3)."""

import re
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message

from shared.http.asgi import Header

LEVEL = 1
"""Level of gzip. A higher one takes several times the processor time for a tenth fewer bytes."""

START = "http.response.start"

_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0{0,3})?\s*", re.IGNORECASE)


class Compressing:
    """Compresses the answers of an ASGI application.

    It adds three rules to Starlette's middleware. A client that sends `gzip;q=0` gets no gzip. A 206 is compressed like
    a 200, because here it is a page of items and not a range of bytes (contract 11). The entity tag of an answer to a
    client that takes gzip is weak: compressed bytes differ between versions of zlib (RFC 9110, 8.8.1).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, compressed if the client asks for it."""
        asked = ",".join(Headers(scope=scope).getlist("accept-encoding"))
        compressed = takes_gzip(asked)
        status = 200

        async def with_any_status(scope: Any, receive: Any, send: Any) -> None:
            async def send_as_whole(message: Message) -> None:
                nonlocal status
                if message["type"] == START:
                    status, message["status"] = message["status"], 200
                await send(message)

            await self._app(scope, receive, send_as_whole)

        async def sent(message: Message) -> None:
            if message["type"] == START:
                headers = [*map(_with_weak_tag, message["headers"])] if compressed else [*message["headers"]]
                _vary(MutableHeaders(raw=headers))
                message = {**message, "headers": headers} | ({"status": status} if compressed else {})
            await send(message)

        app = GZipMiddleware(with_any_status, compresslevel=LEVEL) if compressed else self._app
        await app(scope, receive, sent)


def _vary(headers: MutableHeaders) -> None:
    """Name the header by which the answer is chosen, also in answers that are not compressed."""
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")


def _with_weak_tag(header: Header) -> Header:
    name, value = header
    return (name, b"W/" + value) if name == b"etag" and not value.startswith(b"W/") else header


def takes_gzip(accepted: str) -> bool:
    """Return whether `Accept-Encoding` names gzip with a weight above 0."""
    for coding in accepted.split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return _REFUSED.fullmatch(weight) is None
    return False
