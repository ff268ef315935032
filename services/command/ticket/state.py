"""What decisions need to know of a ticket, folded from its events."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from immutables import Map

from shared.clock import instant
from shared.contract import (
    AgencyLocation,
    FormalNoticeForProviderReported,
    InterventionDeadlineDefined,
    LocationReference,
    PatrimonyLocation,
    ProviderAssigned,
    TicketEvent,
    TicketOpened,
    TicketUpdated,
)
from shared.contract.facts import EVENT_FACTS


@dataclass(frozen=True, slots=True)
class TicketState:
    """A ticket as of `version`; version 0 is a ticket that does not exist (yet)."""

    uid: str
    version: int = 0
    closed: bool = False
    provider_assigned: bool = False
    deadline: datetime | None = None
    """Deadline in force: the last one set by a deadline or by a formal notice (contract README, 51)."""
    agency: str | None = None
    patrimony: str | None = None
    size: int = 0
    """Bytes of all its events together."""
    events: Map[str, str] = field(default_factory=Map)
    """Type of each event by its processUid."""


def evolve(state: TicketState, event: TicketEvent, size: int) -> TicketState:
    """Give the state after `event`, whose JSON takes `size` bytes."""
    status = EVENT_FACTS[event.eventType].status
    after = replace(
        state,
        version=state.version + 1,
        closed=state.closed if status is None else status == "CLOSED",
        size=state.size + size,
        events=state.events.set(event.processUid, event.eventType),
    )
    match event:
        case TicketOpened() | TicketUpdated():
            return _located(after, event.locationRef)
        case ProviderAssigned():
            return replace(after, provider_assigned=True)
        case InterventionDeadlineDefined() | FormalNoticeForProviderReported():
            return replace(after, deadline=instant(event.deadline))
        case _:
            return after


def _located(state: TicketState, location: LocationReference) -> TicketState:
    match location:
        case AgencyLocation():
            return replace(state, agency=location.agencyUid, patrimony=None)
        case PatrimonyLocation():
            return replace(state, agency=None, patrimony=location.patrimonyUid)
