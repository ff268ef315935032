"""Commands: the gateway forwards them unchanged to the command services."""

from collections.abc import Iterable, Sequence
from itertools import count
from time import monotonic
from types import TracebackType

import aiohttp
from starlette.requests import Request
from starlette.responses import Response
from yarl import URL

from shared.http.answers import unavailable
from shared.http.bodies import read_body
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.http.memory_budget import Share
from shared.http.request_limits import BODY_LIMIT
from shared.telemetry import logger
from shared.telemetry.traces import current

PASSED_ON = ("Cookie", "Content-Type", "tracestate")
PASSED_BACK = ("Content-Type", "Ticket-Version", "Retry-After", "Allow")
ANSWERED_WITHIN = 15.0
CONNECTED_WITHIN = 2.0
IDLE_SECONDS = 2.0
"""Seconds for which an unused connection is kept.

The command service keeps it longer, so that it never closes a connection while a command is being sent.
"""
CONNECTIONS = 200
"""Commands that the command services work on at the same time, each on its own connection."""
WAITING = 400
"""Commands that wait for one of these connections. Further ones are refused at once.

Each holds one of the 1,000 connections of the gateway's port. Together with the commands in work they take 600. So this
limit is reached first, and other requests still find a connection.
"""
WAITED = 5.0
"""Seconds that a command waits for a connection."""
BUSY = "Too many commands wait for a command service; send the command again."
AVOIDED = 3.0
"""Seconds for which an unreachable command service is tried last."""

log = logger(__name__)


class Forwarder:
    """Sends each command to the next command service in turn; use as a context manager.

    A command goes to another service only if no connection to the first one could be made. A command that may have been
    received is never sent twice.
    """

    def __init__(self, urls: Iterable[str]) -> None:
        self._services = tuple(url.rstrip("/") for url in urls)
        self._turns = count()
        self._avoided: dict[str, float] = {}
        self._connections = ConcurrencyLimit(CONNECTIONS, waiting=WAITING, seconds=WAITED, refusal=BUSY)
        self._client: aiohttp.ClientSession

    async def __aenter__(self) -> "Forwarder":
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=ANSWERED_WITHIN, connect=CONNECTED_WITHIN),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def forward(self, request: Request, share: Share | None = None) -> Response:
        """Return the answer of a command service to a POST or PATCH. `share` holds a large body (see `read_body`).

        A body that is too long is forwarded up to one byte beyond the limit: the command service checks other errors
        before it refuses the length. Raises `FullError` when the command was sent to no service, or as `read_body`.
        """
        body = await read_body(request.receive, BODY_LIMIT, share)
        async with self._connections:
            return await self._offer(request, body)

    async def _offer(self, request: Request, body: bytes) -> Response:
        """Return the answer of the first command service that can be reached. Try each once."""
        for service in self._in_turn():
            try:
                response = await self._send(service, request, body)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as away:
                self._avoided[service] = monotonic() + AVOIDED
                log.warning("command_service_away", service=service, kind=type(away).__name__)
            except (aiohttp.ClientError, TimeoutError) as lost:
                log.warning("command_answer_lost", service=service, kind=type(lost).__name__)
                return unavailable(
                    "No answer came from the command service; send the command again, the same processUid counts once."
                )
            else:
                self._avoided.pop(service, None)
                return response
        return unavailable("No command service can be reached; send the command again.")

    def _in_turn(self) -> Sequence[str]:
        """Return the services in the order in which a command tries them.

        An unreachable service comes last for `AVOIDED` seconds. Then a single command tries it again, while the others
        avoid it for another `AVOIDED` seconds: such a service may not even refuse connections, and each try would wait.
        """
        if not self._services:
            return ()
        turn = next(self._turns) % len(self._services)
        order = self._services[turn:] + self._services[:turn]
        if not self._avoided:
            return order
        now = monotonic()
        order = tuple(sorted(order, key=lambda service: self._avoided.get(service, now) > now))
        if order[0] in self._avoided:
            self._avoided[order[0]] = now + AVOIDED
        return order

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
