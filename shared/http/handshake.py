"""TLS handshakes on connections that are counted already, so that unfinished handshakes are limited too."""

import asyncio
import ssl
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from shared.http.protocol import BoundedHttp


class HandshakeProtocol(asyncio.Protocol):
    """Passes a connection to a `BoundedHttp` before anything is read.

    An event loop that accepts TLS connections itself reports them only after the handshake.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        context: ssl.SSLContext,
    ) -> None:
        self._http = BoundedHttp(config, server_state, app_state, _loop)
        self._context = context

    def connection_made(self, transport: Any) -> None:
        """Keep the socket, and drop the transport."""
        accepted, peer = transport.get_extra_info("socket").dup(), transport.get_extra_info("peername")
        transport.abort()
        self._http.begin_tls(accepted, peer, self._context)
