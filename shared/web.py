"""What the HTTP services answer and read alike: errors in the contract's shape, a bounded body, a running server."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.asgi import BODY_SECONDS, FAILED, App, error_body
from shared.failures import facts_of
from shared.telemetry import logger

log = logger(__name__)

BODY_LIMIT = 256 * 1024
"""Largest body of a command in bytes (contract README, 67)."""
DRAIN_SECONDS = 5


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with bytes that are JSON already."""
    return Response(body, status, headers, media_type="application/json")


def error(status: int, error_type: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with an `error_body`."""
    return json_response(error_body(error_type, message), status, headers)


def unavailable(message: str) -> Response:
    """Answer 503: what was asked for may succeed in a second."""
    return error(503, "Unavailable", message, {"Retry-After": "1"})


def is_json(content_type: str | None) -> bool:
    """Tell whether a body with this `Content-Type` is read (contract README, 68)."""
    return content_type is None or content_type.split(";")[0].strip().lower() in ("", "application/json")


async def _refuse_route(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)  # noqa: S101 - registered for this type alone
    kind = {404: "NotFound", 405: "MethodNotAllowed"}.get(refusal.status_code, "BadRequest")
    headers = dict(refusal.headers or {})
    if "Allow" in headers:  # Starlette writes a set, in another order in each process
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return error(refusal.status_code, kind, refusal.detail, headers)


async def _admit_failure(request: Request, failure: Exception) -> Response:
    log.error("request_failed", method=request.method, **facts_of(failure))
    return error(500, "ServerError", FAILED)


async def _let_go(_request: Request, _departure: Exception) -> Response:
    return Response(status_code=400)  # the client has left in mid-body: nobody reads this


ERROR_ANSWERS: Mapping[Any, ExceptionHandler] = {
    HTTPException: _refuse_route,
    ClientDisconnect: _let_go,
    Exception: _admit_failure,
}
"""Starlette's exception handlers: routing errors and failures, in the contract's shape (contract README, 18 and 81)."""


async def read_at_most(request: Request, limit: int) -> bytes:
    """Read the first `limit` bytes of the body, or all when it is shorter; the rest stays unread.

    Raises `HTTPException` (408) when the body takes longer than `BODY_SECONDS` to arrive.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) >= limit:
                    break
    except TimeoutError:
        raise HTTPException(408, f"The body did not arrive within {BODY_SECONDS} seconds; send it again.") from None
    return bytes(body[:limit])


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes | None:
    """Read the body; None when it is longer than `limit` bytes. Raises as `read_at_most`."""
    body = await read_at_most(request, limit + 1)
    return body if len(body) <= limit else None


class _Http(HttpToolsProtocol):
    """Refuses in the contract's shape what it can not read as HTTP, too."""

    def send_400_response(self, msg: str) -> None:
        body = error_body("BadRequest", msg)
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%b" % (len(body), body)
        )
        self.transport.close()


class _Server(uvicorn.Server):
    """Leaves signals to the process, which cancels what serves: there may be several."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: App, host: str, port: int, tls: tuple[Path, Path] | None = None, trusted_proxies: Iterable[object] = ()
) -> None:
    """Serve `app` at `host` and `port` until cancelled, then let requests in flight end.

    A request that comes from one of `trusted_proxies`, addresses or networks, has the client and the scheme that the
    proxy tells of.
    """
    proxies = [str(proxy) for proxy in trusted_proxies]
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=_Http,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            date_header=True,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None,
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
