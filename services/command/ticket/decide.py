"""The decisions: may this command become an event now? (contract `commands.yaml`, `errors.yaml` check order)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.command.ticket.refusals import (
    ALREADY_SENT,
    NO_TICKET,
    TICKET_EXISTS,
    UNKNOWN_AGENCY,
    UNKNOWN_PATRIMONY,
    Forbidden,
    Refusal,
)
from services.command.ticket.rules import RULES
from services.command.ticket.state import TicketState
from shared import contract
from shared.clock import wire
from shared.contract import (
    AgencyLocation,
    CorrectTicketInformations,
    IncrementTicket,
    LocationReference,
    OpenTicket,
    ReferencedUser,
    TicketEvent,
    UpdateTicket,
)
from shared.contract.facts import EVENT_FACTS
from shared.directory import Directory, agencies_of
from shared.scopes import sees
from shared.users import User

Command = OpenTicket | IncrementTicket

EVENT_OF: dict[str, type[Any]] = {facts.command: getattr(contract, name) for name, facts in EVENT_FACTS.items()}
"""The event class that each command type becomes."""
USERS_KNOWN = 1_000


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a command: who sends it, when it was received, and the directory as known then."""

    actor: User
    now: datetime
    directory: Directory


def decide(command: Command, state: TicketState, context: Context) -> TicketEvent | Refusal | Forbidden:
    """Turn `command` into its event, or say why not; the first failing check in the contract's order wins."""
    return _objection(command, state, context) or _event(command, state.uid, context)


def _objection(command: Command, state: TicketState, context: Context) -> Refusal | Forbidden | None:
    if context.actor.role != "operator" or not _in_scope(command, state, context):
        return Forbidden()
    if command.processUid in state.events:
        return ALREADY_SENT
    opens = isinstance(command, OpenTicket)
    if opens and state.version:
        return TICKET_EXISTS
    if not opens and not state.version:
        return NO_TICKET
    if isinstance(command, OpenTicket | UpdateTicket) and (unknown := _unknown(command.locationRef, context.directory)):
        return unknown
    return _first(RULES.get(command.commandType, ()), command, state)


def _first(
    rules: Sequence[Callable[[Any, TicketState], Refusal | None]], command: Command, state: TicketState
) -> Refusal | None:
    return next((refusal for rule in rules if (refusal := rule(command, state))), None)


def _in_scope(command: Command, state: TicketState, context: Context) -> bool:
    """Hold against the scope the ticket, if it exists, and the location that the command names, if it is known."""
    if state.version and not _sees(context, state.agency, state.patrimony):
        return False
    if not isinstance(command, OpenTicket | UpdateTicket) or _unknown(command.locationRef, context.directory):
        return True
    return _sees(context, *_named(command.locationRef))


def _sees(context: Context, agency: str | None, patrimony: str | None) -> bool:
    agencies = agencies_of(context.directory, agency=agency, patrimony=patrimony)
    return sees(context.actor.scope, context.directory, agencies=agencies, patrimony=patrimony)


def _named(location: LocationReference) -> tuple[str | None, str | None]:
    if isinstance(location, AgencyLocation):
        return location.agencyUid, None
    return None, location.patrimonyUid


def _unknown(location: LocationReference, directory: Directory) -> Refusal | None:
    if isinstance(location, AgencyLocation):
        return None if directory.knows_agency(location.agencyUid) else UNKNOWN_AGENCY
    return None if directory.knows_patrimony(location.patrimonyUid) else UNKNOWN_PATRIMONY


def _event(command: Command, ticket: str, context: Context) -> TicketEvent:
    """Make the event: the command's own fields, the ticket, who, and when (contract `events.yaml`, envelope)."""
    event_class = EVENT_OF[command.commandType]
    fields = vars(command) | {
        "aggregateUid": ticket,
        "operator": command.operator or _user(context.actor.uid),
        "sentDate": wire(context.now),
        "eventType": event_class.__name__,
    }
    if isinstance(command, CorrectTicketInformations):
        fields["fieldsCorrected"] = command.fieldsToCorrect
    event: TicketEvent = event_class.model_construct(**fields)  # leaves out what only the command has
    return event


@lru_cache(maxsize=USERS_KNOWN)
def _user(uid: str) -> ReferencedUser:
    return ReferencedUser(userUid=uid, operatorType="ReferencedUser")
