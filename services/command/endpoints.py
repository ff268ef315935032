"""The two endpoints that receive commands (`http.yaml`, openTicket and incrementTicket; `errors.yaml`, check_order).

They use plain ASGI. The request and response objects of a framework would take half of the service's time.
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from time import monotonic
from typing import Any, Final

from prometheus_client import Counter

from services.command.event_store import OverloadedError
from services.command.handler import Accepted, CommandHandler, ContendedError
from services.command.ticket.decide import Command, Context
from services.command.ticket.refusals import Forbidden, Refusal
from shared.accounts.callers import Callers
from shared.accounts.credentials import read_credentials
from shared.contract import Unreadable, parse_increment, parse_open_ticket
from shared.contract.scalars import uid
from shared.deadlines import within
from shared.directory.replica import DirectoryReplica
from shared.http.answers import is_json
from shared.http.asgi import JSON, Exchange, Scope
from shared.http.bodies import BODY_BUDGET, ClientLeftError, LargeBodyError, read_body
from shared.http.error_answers import BODY_REFUSALS, RETRY_AFTER, body_refusal, reason_header
from shared.http.memory_budget import OverBudgetError, Share
from shared.http.request_limits import BODY_LIMIT
from shared.mongo import PyMongoError
from shared.process.offloading import offloaded
from shared.storage.event_document import event_id
from shared.telemetry import COMMANDS, logger

TICKETS_BY_PROCESS: Final = uuid.UUID("6f0c3f0e-52f0-5a58-9d0c-6b6f3c1d7f3a")
"""The namespace of ticket uids that are made from a processUid. It is fixed, so that a retry finds its own ticket."""
ANSWERED_WITHIN = 5.0
"""Seconds to wait for MongoDB before a command is answered with 503. The time to receive the body does not count."""
NOT_TAKEN = "The command could not be taken now; send it again."
NOT_SETTLED = "Outcome unknown. Retry with the same processUid; it is applied at most once."

log = logger(__name__)

Read = Callable[[Exchange, bytes], tuple[str, Command]]
"""Reads the uid of the ticket and the command from a request and its body; raises `Unreadable`."""


def read_opening(_exchange: Exchange, body: bytes) -> tuple[str, Command]:
    """Read a POST that opens a ticket; without `aggregateUid`, the ticket's uid is made from the processUid."""
    command = parse_open_ticket(body)
    return command.aggregateUid or str(uuid.uuid5(TICKETS_BY_PROCESS, command.processUid)), command


def read_increment(exchange: Exchange, body: bytes) -> tuple[str, Command]:
    """Read a PATCH: any other command, on the ticket whose uid is in the path."""
    try:
        ticket = uid(exchange.path_params["ticket_uid"])
    except ValueError as reason:
        text = "; ".join([f"the ticket uid of the path {reason}", *_wrong_with(body)])
        raise Unreadable(text, "ticket_uid") from None
    return ticket, parse_increment(body)


def _wrong_with(body: bytes) -> list[str]:
    try:
        parse_increment(body)
    except Unreadable as reason:
        return [str(reason)]
    return []


class CommandEndpoint:
    """Finds the caller, reads the command, passes it to the handler and answers: a success with `success`."""

    def __init__(
        self,
        read: Read,
        success: int,
        *,
        handler: CommandHandler,
        callers: Callers,
        replica: DirectoryReplica,
        clock: Callable[[], datetime],
    ) -> None:
        self._read = read
        self._success = success
        self._handler = handler
        self._callers = callers
        self._replica = replica
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        received, began = self._clock(), monotonic()
        given = read_credentials(scope["headers"])
        actor = self._callers.recall(given, received)
        if actor is None:
            try:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    actor = await self._callers.user_of(given, received)
            except (TimeoutError, PyMongoError) as away:
                await _turn_away(exchange, "unauthenticated", away, NOT_TAKEN)
                return
        if actor is None:
            await exchange.answer(401, headers=(given.challenge(),))
            return
        left = ANSWERED_WITHIN - (monotonic() - began)
        with BODY_BUDGET.share(actor.uid) as share:
            try:
                command = await self._command(exchange, share)
            except ClientLeftError:
                return
            if command is not None:
                await self._execute(exchange, *command, Context(actor, received, self._replica.directory), left)

    async def _command(self, exchange: Exchange, share: Share) -> tuple[str, Command] | None:
        """Return the ticket's uid and the command, or None after a refusal. `share` counts the bytes of the body."""
        if not is_json(exchange.header(b"content-type")):
            await exchange.refuse(406, "NotAcceptable", "Send the command with Content-Type: application/json.")
            return None
        try:
            body = await read_body(exchange.receive, BODY_LIMIT, share)
            if len(body) > BODY_LIMIT:
                raise LargeBodyError(f"A command may take {BODY_LIMIT} bytes.")
        except tuple(BODY_REFUSALS) as refusal:
            if isinstance(refusal, OverBudgetError):
                log.warning("no_room", method="command")
            await exchange.refuse(*body_refusal(refusal))
            return None
        try:
            return await offloaded(len(body), partial(self._read, exchange, body))
        except Unreadable as reason:
            _count("unreadable", "TicketGenericError").inc()
            log.info("command_unreadable", field=reason.field or "the body")
            await exchange.refuse(400, "TicketGenericError", f"{reason}.")
            return None

    async def _execute(
        self, exchange: Exchange, ticket: str, command: Command, context: Context, seconds: float
    ) -> None:
        kind, user = command.commandType, context.actor.uid
        try:
            with within(seconds):
                outcome = await self._handler.handle(ticket, command, context)
        except (ContendedError, OverloadedError) as busy:
            await _turn_away(exchange, kind, busy, NOT_TAKEN, ticket)
            return
        except (TimeoutError, PyMongoError) as away:
            await _turn_away(exchange, kind, away, NOT_SETTLED, ticket)
            return
        match outcome:
            case Accepted():
                version = event_id(outcome.ticket, outcome.version)
                _count(kind, "accepted").inc()
                headers = (JSON, (b"ticket-version", version.encode()))
                await exchange.answer(self._success, b'{"events":[' + outcome.body + b"]}", headers)
            case Refusal():
                _count(kind, outcome.error_type).inc()
                log.info("command_refused", ticket=ticket, command=kind, user=user, error=outcome.error_type)
                await exchange.refuse(400, outcome.error_type, outcome.message)
            case Forbidden():
                _count(kind, "forbidden").inc()
                log.info("command_forbidden", ticket=ticket, command=kind, user=user)
                await exchange.answer(403, headers=(reason_header(outcome.reason),))


@cache
def _count(kind: str, outcome: str) -> Counter:
    """Return the counter of one type of command and outcome. A look-up in the metric itself costs more than a count."""
    return COMMANDS.labels(kind, outcome)


async def _turn_away(exchange: Exchange, kind: str, reason: Exception, message: str, ticket: str | None = None) -> None:
    _count(kind, "unavailable").inc()
    log.warning("command_unavailable", ticket=ticket, command=kind, kind=type(reason).__name__)
    await exchange.refuse(503, "Unavailable", message, RETRY_AFTER)
