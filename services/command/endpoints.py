"""The two endpoints that take commands (contract `http.yaml`, openTicket and incrementTicket; `errors.yaml`, order).

Plain ASGI: half of the service's time would go into a framework's request and response objects.
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any, Final

from services.command.event_store import OverloadedError
from services.command.handler import Accepted, CommandHandler, ContendedError
from services.command.ticket.decide import Command, Context
from services.command.ticket.refusals import Forbidden, Refusal
from shared.asgi import JSON, ClientLeftError, Exchange, Scope, SlowBodyError
from shared.contract import Unreadable, parse_increment, parse_open_ticket
from shared.contract.scalars import uid
from shared.mongo import PyMongoError
from shared.replica import DirectoryReplica
from shared.sessions import Sessions, session_token
from shared.telemetry import COMMANDS, logger
from shared.web import BODY_LIMIT, is_json

TICKETS_BY_PROCESS: Final = uuid.UUID("6f0c3f0e-52f0-5a58-9d0c-6b6f3c1d7f3a")
"""Namespace of ticket uids that are made from a processUid: a fixed number, so that a retry meets its own ticket."""
ANSWERED_WITHIN = 5.0
"""Seconds of waiting for MongoDB after which a command is answered with 503; the body's way here does not count."""
RETRY_AFTER: Final = ((b"retry-after", b"1"),)
NOT_TAKEN = "The command could not be taken now; send it again."
NOT_SETTLED = "Whether the command was taken is not known; send it again, the same processUid counts once."

log = logger(__name__)

Read = Callable[[Exchange, bytes], tuple[str, Command]]
"""Turns a request's body into the uid of the ticket and the command; raises `Unreadable`."""


def read_opening(_exchange: Exchange, body: bytes) -> tuple[str, Command]:
    """POST: a new ticket; its uid is the one wanted, else made from the command's processUid."""
    command = parse_open_ticket(body)
    return command.aggregateUid or str(uuid.uuid5(TICKETS_BY_PROCESS, command.processUid)), command


def read_increment(exchange: Exchange, body: bytes) -> tuple[str, Command]:
    """PATCH: any other command, on the ticket that the path names."""
    try:
        ticket = uid(exchange.path_params["ticket_uid"])
    except ValueError as reason:
        raise Unreadable(f"the ticket uid of the path {reason}") from None
    return ticket, parse_increment(body)


class CommandEndpoint:
    """Authenticates, reads, has the command handled and writes the outcome; `created` is the status of success."""

    def __init__(
        self,
        read: Read,
        created: int,
        *,
        handler: CommandHandler,
        sessions: Sessions,
        replica: DirectoryReplica,
        clock: Callable[[], datetime],
    ) -> None:
        self._read = read
        self._created = created
        self._handler = handler
        self._sessions = sessions
        self._replica = replica
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        received, began = self._clock(), monotonic()
        token = session_token(exchange.header(b"cookie"))
        actor = self._sessions.recall(token, received)
        if actor is None:
            try:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    actor = await self._sessions.user_of(token, received)
            except (TimeoutError, PyMongoError) as away:
                await _turn_away(exchange, "unauthenticated", away, NOT_TAKEN)
                return
        if actor is None:
            await exchange.answer(401)
            return
        left = ANSWERED_WITHIN - (monotonic() - began)
        try:
            command = await self._command(exchange)
        except ClientLeftError:
            return
        if command is not None:
            await self._execute(exchange, *command, Context(actor, received, self._replica.directory), left)

    async def _command(self, exchange: Exchange) -> tuple[str, Command] | None:
        """Read the command; None when the request was refused."""
        if not is_json(exchange.header(b"content-type")):
            await exchange.refuse(406, "NotAcceptable", "Send the command with Content-Type: application/json.")
            return None
        try:
            body = await exchange.body(BODY_LIMIT)
        except SlowBodyError:
            await exchange.refuse(408, "BadRequest", "The body did not arrive in time; send it again.")
            return None
        if body is None:
            await exchange.refuse(413, "TooLarge", f"A command may take {BODY_LIMIT} bytes.")
            return None
        try:
            return self._read(exchange, body)
        except Unreadable as reason:
            COMMANDS.labels("unreadable", "TicketGenericError").inc()
            log.info("command_unreadable")
            await exchange.refuse(400, "TicketGenericError", f"{reason}.")
            return None

    async def _execute(
        self, exchange: Exchange, ticket: str, command: Command, context: Context, seconds: float
    ) -> None:
        kind = command.commandType
        try:
            async with asyncio.timeout(seconds):
                outcome = await self._handler.handle(ticket, command, context)
        except (ContendedError, OverloadedError) as busy:
            await _turn_away(exchange, kind, busy, NOT_TAKEN, ticket)
            return
        except (TimeoutError, PyMongoError) as away:
            await _turn_away(exchange, kind, away, NOT_SETTLED, ticket)
            return
        match outcome:
            case Accepted():
                version = f"{outcome.ticket}:{outcome.version}"
                COMMANDS.labels(kind, "accepted").inc()
                headers = (JSON, (b"ticket-version", version.encode()))
                await exchange.answer(self._created, b'{"events":[' + outcome.body + b"]}", headers)
            case Refusal():
                COMMANDS.labels(kind, outcome.error_type).inc()
                log.info("command_refused", ticket=ticket, command=kind, error=outcome.error_type)
                await exchange.refuse(400, outcome.error_type, outcome.message)
            case Forbidden():
                COMMANDS.labels(kind, "forbidden").inc()
                log.info("command_forbidden", ticket=ticket, command=kind)
                await exchange.answer(403)


async def _turn_away(exchange: Exchange, kind: str, reason: Exception, message: str, ticket: str | None = None) -> None:
    COMMANDS.labels(kind, "unavailable").inc()
    log.warning("command_unavailable", ticket=ticket, command=kind, kind=type(reason).__name__)
    await exchange.refuse(503, "Unavailable", message, RETRY_AFTER)
