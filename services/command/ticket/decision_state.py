"""The state of a ticket that decisions need, computed from the ticket's events."""

from datetime import datetime
from typing import NamedTuple

from immutables import Map

from shared.clock import instant
from shared.contract import (
    EventType,
    FormalNoticeForProviderReported,
    InterventionDeadlineDefined,
    Location,
    ProviderAssigned,
    TicketEvent,
    TicketOpened,
    TicketUpdated,
    location_of,
)
from shared.contract.facts import EVENT_FACTS

NOWHERE = Location(None, None)
"""The location of a ticket that does not exist."""


class DecisionState(NamedTuple):
    """A ticket after its event number `version`; version 0 means that no ticket exists."""

    uid: str
    version: int = 0
    closed: bool = False
    provider_assigned: bool = False
    deadline: datetime | None = None
    """The deadline in force, set by the last deadline or formal notice (contract 51)."""
    location: Location = NOWHERE
    size: int = 0
    """Size in bytes of the JSON of all its events together."""
    events: Map[str, EventType] = Map()
    """Type of each event by its processUid."""


def evolve(state: DecisionState, event: TicketEvent, size: int) -> DecisionState:
    """Return the state after `event`, whose JSON takes `size` bytes."""
    status = EVENT_FACTS[event.eventType].status
    return DecisionState(
        uid=state.uid,
        version=state.version + 1,
        closed=state.closed if status is None else status == "CLOSED",
        provider_assigned=state.provider_assigned or isinstance(event, ProviderAssigned),
        deadline=_deadline(state, event),
        location=location_of(event.locationRef) if isinstance(event, TicketOpened | TicketUpdated) else state.location,
        size=state.size + size,
        events=state.events.set(event.processUid, event.eventType),
    )


def _deadline(state: DecisionState, event: TicketEvent) -> datetime | None:
    if isinstance(event, InterventionDeadlineDefined | FormalNoticeForProviderReported):
        return instant(event.deadline)
    return state.deadline
