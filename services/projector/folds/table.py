"""The table of folds by event type, and the function that applies one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.projector.folds.business_date import business_date
from services.projector.folds.contacts import provider_kept
from services.projector.folds.durations import marked
from services.projector.folds.ticket import (
    closed,
    closed_with_report,
    commented,
    corrected,
    deadline_defined,
    noted,
    opened,
    opened_again,
    put_on_notice,
    reopened,
    replaced,
    scheduled,
    step_taken,
)
from services.projector.folds.ticket_state import CannotApply, TicketState
from shared.clock import wire
from shared.contract import EventType, TicketEvent, TicketOpened
from shared.contract.type_names import for_every_event

FOLDS: Mapping[EventType, Callable[[TicketState, Any, str], TicketState]] = for_every_event(
    {
        "TicketOpened": opened_again,
        "CallEmittedTo": noted,
        "CallReceived": noted,
        "ProviderAssigned": step_taken,
        "SendingServiceOrderReported": step_taken,
        "CallAnsweredByProvider": noted,
        "CallNotAnsweredByProvider": noted,
        "MissionScheduled": scheduled,
        "InterventionDeadlineDefined": deadline_defined,
        "FormalNoticeForProviderReported": put_on_notice,
        "MissionAccepted": step_taken,
        "MissionRefused": step_taken,
        "TicketReopened": reopened,
        "LogTrialAdded": noted,
        "MessageAdded": commented,
        "TicketCancelled": closed,
        "ArrivedOnSite": step_taken,
        "GoneFromSite": step_taken,
        "InterventionStarted": step_taken,
        "InterventionFinished": step_taken,
        "TicketUpdated": replaced,
        "TicketInformationsCorrected": corrected,
        "TicketEventInformationsCorrected": commented,
        "TicketClosed": closed_with_report,
        "TicketArchived": closed,
        "PermanentlyFixed": closed_with_report,
        "PartiallyFixed": closed_with_report,
        "TicketClosedImpossibleRepair": closed_with_report,
        "PostponedFix": closed_with_report,
        "ClosedBeyondCallCenterScope": closed,
        "ClosedAfterSeveralUnsuccessfulRecalls": closed,
    }
)
"""What each event does to a ticket that exists."""


def fold(state: TicketState | None, event: TicketEvent, version: int) -> TicketState:
    """Return the ticket's state after its event number `version`; `state` is the one before, None before the first.

    Raises `CannotApply` when the event is not the next one, opens the ticket a second time, or comes before its
    opening.
    """
    expected = state.version + 1 if state else 1
    if version != expected:
        raise CannotApply(f"ticket {event.aggregateUid} awaits version {expected}, not {version}")
    if state is None:
        if not isinstance(event, TicketOpened):
            raise CannotApply(f"ticket {event.aggregateUid} begins with {event.eventType}, not with TicketOpened")
        return opened(event)
    date = wire(business_date(event))
    after = FOLDS[event.eventType](state, event, date)
    provider = getattr(event, "provider", None)
    return replace(
        after,
        version=version,
        updated=max(state.updated, date),
        provider=provider_kept(provider) if provider else state.provider,
        marks=marked(state.marks, event.eventType, date),
    )
