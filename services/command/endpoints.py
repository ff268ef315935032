"""The two endpoints that take commands (contract `http.yaml`, openTicket and incrementTicket; `errors.yaml`, order)."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.command.event_store import OverloadedError, UnavailableError
from services.command.handler import Accepted, CommandHandler, ContendedError
from services.command.ticket.decide import Command, Context
from services.command.ticket.refusals import Forbidden, Refusal
from shared.contract import Unreadable, parse_increment, parse_open_ticket
from shared.mongo import PyMongoError
from shared.replica import DirectoryReplica
from shared.sessions import Sessions, session_token
from shared.telemetry import logger
from shared.users import User
from shared.web import BODY_LIMIT, error, json_response, read_body

UID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
TICKETS_BY_PROCESS: Final = uuid.UUID("6f0c3f0e-52f0-5a58-9d0c-6b6f3c1d7f3a")
"""Namespace of ticket uids that are made from a processUid: a fixed number, so that a retry meets its own ticket."""
RETRY_AFTER = {"Retry-After": "1"}

log = logger(__name__)


class CommandEndpoints:
    """Answers POST and PATCH: authenticates, reads, has the command handled, and writes the outcome."""

    def __init__(
        self,
        handler: CommandHandler,
        sessions: Sessions,
        replica: DirectoryReplica,
        clock: Callable[[], datetime],
    ) -> None:
        self._handler = handler
        self._sessions = sessions
        self._replica = replica
        self._clock = clock

    async def open_ticket(self, request: Request) -> Response:
        """POST: open a ticket; its uid is the one wanted, else made from the command's processUid."""

        def read(body: bytes) -> tuple[str, Command]:
            command = parse_open_ticket(body)
            return command.aggregateUid or str(uuid.uuid5(TICKETS_BY_PROCESS, command.processUid)), command

        return await self._answer(request, read, created=201)

    async def increment_ticket(self, request: Request) -> Response:
        """PATCH: any other command on the ticket that the path names."""

        def read(body: bytes) -> tuple[str, Command]:
            ticket = request.path_params["ticket_uid"]
            if not UID.fullmatch(ticket):
                raise Unreadable("the ticket uid of the path must be a uid (hexadecimal digits, 8-4-4-4-12)")
            return ticket.lower(), parse_increment(body)

        return await self._answer(request, read, created=200)

    async def _answer(
        self, request: Request, read: Callable[[bytes], tuple[str, Command]], *, created: int
    ) -> Response:
        received = self._clock()
        try:
            actor = await self._sessions.user_of(session_token(request.headers.get("cookie")), received)
            if actor is None:
                return Response(status_code=401)
            return await self._handle(request, read, actor, received, created)
        except (ContendedError, OverloadedError, UnavailableError, PyMongoError) as busy:
            log.warning("command_unavailable", kind=type(busy).__name__)
            return error(503, "Unavailable", "The command could not be taken now; send it again.", RETRY_AFTER)

    async def _handle(
        self,
        request: Request,
        read: Callable[[bytes], tuple[str, Command]],
        actor: User,
        received: datetime,
        created: int,
    ) -> Response:
        if not _is_json(request.headers.get("content-type")):
            return error(406, "NotAcceptable", "Send the command with Content-Type: application/json.")
        body = await read_body(request)
        if body is None:
            return error(413, "TooLarge", f"A command may take {BODY_LIMIT} bytes.")
        try:
            ticket, command = read(body)
        except Unreadable as reason:
            return error(400, "TicketGenericError", f"{reason}.")
        outcome = await self._handler.handle(ticket, command, Context(actor, received, self._replica.directory))
        match outcome:
            case Accepted():
                version = {"Ticket-Version": f"{outcome.ticket}:{outcome.version}"}
                log.info("command_accepted", ticket=ticket, version=outcome.version, event_type=outcome.event_type)
                return json_response(b'{"events":[' + outcome.body + b"]}", created, version)
            case Refusal():
                log.info("command_refused", ticket=ticket, command=command.commandType, error=outcome.error_type)
                return error(400, outcome.error_type, outcome.message)
            case Forbidden():
                log.info("command_forbidden", ticket=ticket, command=command.commandType)
                return Response(status_code=403)


def _is_json(content_type: str | None) -> bool:
    """Tell whether a body of this type is read (contract README, 68)."""
    return content_type is None or content_type.split(";")[0].strip().lower() in ("", "application/json")
