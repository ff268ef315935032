"""Commands: the gateway forwards them unchanged to the command services.

The endpoint uses plain ASGI. The request and response objects of a framework would take a third of the gateway's time.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from time import monotonic
from types import TracebackType
from typing import Any, Final

from starlette.requests import Request

from services.gateway.access import Access, NotLoggedInError
from services.gateway.command_service import Answer, AnswerLostError, CommandService, UnreachableError
from shared.accounts.credentials import read_credentials
from shared.http.asgi import JSON, Exchange, Header, Scope
from shared.http.bodies import BODY_BUDGET, ClientLeftError, is_small, read_body
from shared.http.concurrency_limit import ConcurrencyLimit, FullError
from shared.http.error_answers import BODY_REFUSALS, RETRY_AFTER, body_refusal, error_body
from shared.http.memory_budget import OverBudgetError, Share
from shared.http.request_limits import BODY_LIMIT
from shared.mongo import PyMongoError
from shared.telemetry import logger
from shared.telemetry.traces import current

PASSED_ON: Final = frozenset({b"cookie", b"authorization", b"content-type", b"tracestate"})
PASSED_BACK: Final = frozenset(
    {b"content-type", b"ticket-version", b"retry-after", b"allow", b"www-authenticate", b"ticketstream-reason"}
)
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

Each holds one of the 1,000 connections of the gateway's port. Together with the commands in work they take 600, so
commands alone do not take all connections. `DETAILS` in `endpoints.tickets` says what else can take them.
"""
WAITED = 5.0
"""Seconds that a command waits for a connection."""
BUSY = "Too many commands wait for a command service; send the command again."
AVOIDED = 3.0
"""Seconds for which an unreachable command service is tried last."""

log = logger(__name__)


class CommandEndpoint:
    """Receives the commands of clients, and gives each to `forwarder`.

    The command services check tokens and sessions. The gateway checks only that a request has one, unless its body is
    large.
    """

    def __init__(self, access: Access, forwarder: "Forwarder") -> None:
        self._access = access
        self._forwarder = forwarder

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        try:
            answer = await self._answer(exchange, scope)
        except NotLoggedInError as refusal:
            answer = Answer(401, (refusal.given.challenge(),), b"")
        except ClientLeftError:
            answer = Answer(400, (), b"")  # nobody reads this
        except FullError as refusal:
            log.warning("no_place", method=scope["method"], kind=type(refusal).__name__)
            answer = _unavailable(str(refusal))
        except tuple(BODY_REFUSALS) as refusal:
            if isinstance(refusal, OverBudgetError):
                log.warning("no_room", method=scope["method"])
            status, error_type, message, headers = body_refusal(refusal)
            answer = Answer(status, (JSON, *headers), error_body(error_type, message))
        await exchange.answer(answer.status, answer.body, answer.headers)

    async def _answer(self, exchange: Exchange, scope: Scope) -> Answer:
        if is_small(scope["headers"]):
            given = read_credentials(scope["headers"])
            if not given.are_given():
                raise NotLoggedInError(given)
            return await self._forwarder.forward(scope, exchange.receive)
        try:
            user = await self._access.user(Request(scope))
        except PyMongoError as away:
            log.warning("command_unavailable", kind=type(away).__name__)
            return _unavailable("The command could not be taken now; send it again.")
        with BODY_BUDGET.share(user.uid) as share:
            return await self._forwarder.forward(scope, exchange.receive, share)


class Forwarder:
    """Sends each command to the next command service in turn; use as a context manager.

    A command goes to another service only if no connection to the first one could be made. A command that may have been
    received is never sent twice.
    """

    def __init__(self, urls: Iterable[str]) -> None:
        self._services = tuple(
            CommandService(
                url, connected_within=CONNECTED_WITHIN, answered_within=ANSWERED_WITHIN, idle_seconds=IDLE_SECONDS
            )
            for url in urls
        )
        self._turns = count()
        self._avoided: dict[CommandService, float] = {}
        self._connections = ConcurrencyLimit(CONNECTIONS, waiting=WAITING, seconds=WAITED, refusal=BUSY)

    async def __aenter__(self) -> "Forwarder":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in self._services:
            service.close()

    async def forward(self, scope: Scope, receive: Any, share: Share | None = None) -> Answer:
        """Return the answer of a command service to a POST or PATCH. `share` holds a large body (see `read_body`).

        A body that is too long is forwarded up to one byte beyond the limit: the command service checks other errors
        before it refuses the length. Raises `FullError` when the command was sent to no service, or as `read_body`.
        """
        body = await read_body(receive, BODY_LIMIT, share)
        target: bytes = scope["raw_path"]
        if query := scope["query_string"]:
            target += b"?" + query
        headers = [field for field in scope["headers"] if field[0] in PASSED_ON]
        if traceparent := current():
            headers.append((b"traceparent", traceparent.encode()))
        async with self._connections:
            return await self._offer(scope["method"], target, headers, body)

    async def _offer(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Answer:
        """Return the answer of the first command service that can be reached. Try each once."""
        for service in self._in_turn():
            try:
                status, fields, content = await service.ask(method, target, headers, body)
            except UnreachableError as away:
                self._avoided[service] = monotonic() + AVOIDED
                log.warning("command_service_away", service=service.url, kind=str(away))
            except AnswerLostError as lost:
                log.warning("command_answer_lost", service=service.url, kind=str(lost))
                return _unavailable(
                    "No answer came from the command service; send the command again, the same processUid counts once."
                )
            else:
                self._avoided.pop(service, None)
                return Answer(status, [field for field in fields if field[0] in PASSED_BACK], content)
        return _unavailable("No command service can be reached; send the command again.")

    def _in_turn(self) -> Sequence[CommandService]:
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


def _unavailable(message: str) -> Answer:
    return Answer(503, (JSON, *RETRY_AFTER), error_body("Unavailable", message))
