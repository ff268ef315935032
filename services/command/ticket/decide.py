"""The decision on a command: its event, or why it is refused (`commands.yaml`; `errors.yaml`, check_order)."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from services.command.ticket.decision_state import DecisionState
from services.command.ticket.location import in_scope, unknown_location
from services.command.ticket.refusals import ALREADY_SENT, NO_TICKET, TICKET_EXISTS, Forbidden, Refusal
from services.command.ticket.rules import RULES
from shared.accounts.users import User
from shared.clock import wire
from shared.contract import (
    EVENT_CLASSES,
    CommandType,
    CorrectTicketInformations,
    IncrementTicket,
    OpenTicket,
    ReferencedUser,
    TicketEvent,
    UpdateTicket,
    location_of,
)
from shared.contract.facts import EVENT_FACTS
from shared.contract.type_names import for_every_command
from shared.directory.entries import Directory

Command = OpenTicket | IncrementTicket

EVENT_OF: Mapping[CommandType, type[Any]] = for_every_command(
    {facts.command: EVENT_CLASSES[event_type] for event_type, facts in EVENT_FACTS.items()}
)
"""The class of the event that an accepted command becomes, by command type."""
USERS_KNOWN = 1_000
"""Users whose `ReferencedUser` is cached."""


class Context(NamedTuple):
    """The context of a command: who sent it, when it was received, and the directory at that time."""

    actor: User
    now: datetime
    directory: Directory


def decide(command: Command, state: DecisionState, context: Context) -> TicketEvent | Refusal | Forbidden:
    """Return the event of `command`, or the first objection in the order of the contract's checks."""
    return _objection(command, state, context) or _event(command, state.uid, context)


def _objection(command: Command, state: DecisionState, context: Context) -> Refusal | Forbidden | None:
    reference = command.locationRef if isinstance(command, OpenTicket | UpdateTicket) else None
    unknown = unknown_location(reference, context.directory) if reference else None
    wanted = location_of(reference) if reference and not unknown else None
    if context.actor.role != "operator":  # before the scope, so that such a user learns nothing about the ticket
        return Forbidden("role")
    if not in_scope(state, wanted, context.actor, context.directory):
        return Forbidden("scope")
    if command.processUid in state.events:
        return ALREADY_SENT
    opens = isinstance(command, OpenTicket)
    if opens and state.version:
        return TICKET_EXISTS
    if not opens and not state.version:
        return NO_TICKET
    return unknown or _broken_rule(command, state)


def _broken_rule(command: Command, state: DecisionState) -> Refusal | None:
    return next((refusal for rule in RULES[command.commandType] if (refusal := rule(command, state))), None)


def _event(command: Command, ticket: str, context: Context) -> TicketEvent:
    """Return the event: the command's fields, the ticket, the operator and the date (`events.yaml`, envelope)."""
    event_class = EVENT_OF[command.commandType]
    fields = vars(command) | {
        "aggregateUid": ticket,
        "operator": command.operator or _user(context.actor.uid),
        "sentDate": wire(context.now),
        "eventType": event_class.__name__,
    }
    if isinstance(command, CorrectTicketInformations):
        fields["fieldsCorrected"] = command.fieldsToCorrect
    event: TicketEvent = event_class.model_construct(**fields)  # drops the fields that only the command has
    return event


@lru_cache(maxsize=USERS_KNOWN)
def _user(uid: str) -> ReferencedUser:
    return ReferencedUser(userUid=uid, operatorType="ReferencedUser")
