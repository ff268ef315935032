"""Passing commands on to the command services, as they came."""

from collections import deque
from collections.abc import Iterable
from types import TracebackType

import aiohttp
from starlette.requests import Request
from starlette.responses import Response
from yarl import URL

from shared.telemetry import logger
from shared.telemetry.traces import current
from shared.web import BODY_LIMIT, read_at_most, unavailable

PASSED_ON = ("Cookie", "Content-Type", "tracestate")
PASSED_BACK = ("Content-Type", "Ticket-Version", "Retry-After", "Allow")
ANSWERED_WITHIN = 15.0
CONNECTED_WITHIN = 2.0
IDLE_SECONDS = 2.0
"""How long an unused connection is kept: less than the command service does, so that none closes under a command."""
CONNECTIONS = 200

log = logger(__name__)


class Forwarder:
    """Sends each command to the next command service in turn; use as a context manager.

    Only a command whose connection could not be made is offered to another service: one that may have been received
    is never sent twice.
    """

    def __init__(self, urls: Iterable[str]) -> None:
        self._services = deque(url.rstrip("/") for url in urls)
        self._client: aiohttp.ClientSession

    async def __aenter__(self) -> "Forwarder":
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=ANSWERED_WITHIN, sock_connect=CONNECTED_WITHIN),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def forward(self, request: Request) -> Response:
        """POST, PATCH: have a command service answer.

        A body that is too long is passed on until that shows, because other refusals come before that of its length.
        """
        body = await read_at_most(request, BODY_LIMIT + 1)
        for _ in range(len(self._services)):
            service = self._services[0]
            self._services.rotate(-1)
            try:
                return await self._send(service, request, body)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as away:
                log.warning("command_service_away", service=service, kind=type(away).__name__)
            except (aiohttp.ClientError, TimeoutError) as lost:
                log.warning("command_answer_lost", service=service, kind=type(lost).__name__)
                return unavailable(
                    "No answer came from the command service; send the command again, the same processUid counts once."
                )
        return unavailable("No command service can be reached; send the command again.")

    async def _send(self, service: str, request: Request, body: bytes) -> Response:
        target = request.scope["raw_path"]
        if query := request.scope["query_string"]:
            target += b"?" + query
        headers = [(name, value) for name in PASSED_ON for value in request.headers.getlist(name)]
        if traceparent := current():
            headers.append(("traceparent", traceparent))
        async with self._client.request(
            request.method,
            URL(service + target.decode("latin-1"), encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
        ) as answer:
            passed_back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
            return Response(await answer.read(), answer.status, passed_back)
