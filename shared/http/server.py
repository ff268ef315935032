"""The HTTP server: serves an ASGI application, with limits for silent, slow and too many clients."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from shared.http.asgi import App
from shared.http.connections import ConnectionLimits, Connections
from shared.http.handshake import HandshakeProtocol
from shared.http.protocol import BoundedHttp

DRAIN_SECONDS = 5
"""Seconds that requests in flight may take after the server began to end."""
CONNECTION_LIMITS = ConnectionLimits()


class _Server(uvicorn.Server):
    """A server that leaves signals to the process, which cancels `serve`. One process may have several servers."""

    def __init__(self, config: uvicorn.Config, limits: ConnectionLimits) -> None:
        super().__init__(config)
        self._limits = limits
        self._connections = self.server_state = Connections(limits)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux alone; elsewhere nothing ends a client that does not read
            for listening in (each for server in self.servers for each in server.sockets):
                # Connections inherit it. Only the kernel knows what a client has acknowledged.
                listening.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._limits.unread_seconds * 1000)
                )

    async def on_tick(self, counter: int) -> bool:
        self._connections.expire(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        left: list[Any] = list(self._connections.connections)
        for connection in left:
            connection.abort()


async def serve(
    app: App,
    host: str,
    port: int,
    tls: tuple[Path, Path] | None = None,
    trusted_proxies: Iterable[object] = (),
    *,
    stopping: Callable[[], None] = lambda: None,
    limits: ConnectionLimits = CONNECTION_LIMITS,
) -> None:
    """Serve `app` at `host` and `port` until cancelled, then call `stopping` and let requests in flight end.

    `tls`: PEM files of a certificate and its key. `trusted_proxies` are addresses or networks. The server uses the
    client address and the scheme that these proxies send.
    """
    proxies = [str(proxy) for proxy in trusted_proxies]
    protocol: Any = partial(HandshakeProtocol, context=_context(*tls)) if tls else BoundedHttp
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=protocol,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            date_header=True,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        ),
        limits,
    )
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        stopping()
        server.should_exit = True
        await serving
        raise


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
