"""What decisions need to know of a ticket, folded from its events."""

from dataclasses import dataclass, field
from datetime import datetime

from immutables import Map

from shared.clock import instant
from shared.contract import (
    AgencyLocation,
    FormalNoticeForProviderReported,
    InterventionDeadlineDefined,
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
    agency, patrimony = _location(state, event)
    return TicketState(
        uid=state.uid,
        version=state.version + 1,
        closed=state.closed if status is None else status == "CLOSED",
        provider_assigned=state.provider_assigned or isinstance(event, ProviderAssigned),
        deadline=_deadline(state, event),
        agency=agency,
        patrimony=patrimony,
        size=state.size + size,
        events=state.events.set(event.processUid, event.eventType),
    )


def _deadline(state: TicketState, event: TicketEvent) -> datetime | None:
    if isinstance(event, InterventionDeadlineDefined | FormalNoticeForProviderReported):
        return instant(event.deadline)
    return state.deadline


def _location(state: TicketState, event: TicketEvent) -> tuple[str | None, str | None]:
    """Give the uids of agency and patrimony, of which one is None."""
    if not isinstance(event, TicketOpened | TicketUpdated):
        return state.agency, state.patrimony
    match event.locationRef:
        case AgencyLocation():
            return event.locationRef.agencyUid, None
        case PatrimonyLocation():
            return None, event.locationRef.patrimonyUid
