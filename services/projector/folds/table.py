"""The table from event type to fold, and the step that applies it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.projector.folds.contacts import provider_kept
from services.projector.folds.days import journal_date
from services.projector.folds.durations import marked
from services.projector.folds.state import CannotApply, TicketState
from services.projector.folds.ticket import (
    bound,
    closed,
    closed_with_report,
    commented,
    corrected,
    noted,
    opened,
    progressed,
    put_on_notice,
    reopened,
    replaced,
    scheduled,
)
from shared.clock import wire
from shared.contract import TicketEvent, TicketOpened

FOLDS: Mapping[str, Callable[[TicketState, Any, str], TicketState]] = {
    "CallEmittedTo": noted,
    "CallReceived": noted,
    "ProviderAssigned": progressed,
    "SendingServiceOrderReported": progressed,
    "CallAnsweredByProvider": noted,
    "CallNotAnsweredByProvider": noted,
    "MissionScheduled": scheduled,
    "InterventionDeadlineDefined": bound,
    "FormalNoticeForProviderReported": put_on_notice,
    "MissionAccepted": progressed,
    "MissionRefused": progressed,
    "TicketReopened": reopened,
    "LogTrialAdded": noted,
    "MessageAdded": commented,
    "TicketCancelled": closed,
    "ArrivedOnSite": progressed,
    "GoneFromSite": progressed,
    "InterventionStarted": progressed,
    "InterventionFinished": progressed,
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
"""What each event does to a ticket that exists; `TicketOpened` makes it."""


def fold(state: TicketState | None, event: TicketEvent, version: int) -> TicketState:
    """Apply the ticket's event number `version` to the state before it, None before the first.

    Raises `CannotApply` when the event is not the next one, or opens a ticket twice, or none was opened.
    """
    expected = state.version + 1 if state else 1
    if version != expected:
        raise CannotApply(f"ticket {event.aggregateUid} awaits version {expected}, not {version}")
    if state is None:
        if not isinstance(event, TicketOpened):
            raise CannotApply(f"ticket {event.aggregateUid} begins with {event.eventType}, not with TicketOpened")
        return opened(event)
    if isinstance(event, TicketOpened):
        raise CannotApply(f"ticket {event.aggregateUid} is opened a second time by version {version}")
    date = wire(journal_date(event))
    after = FOLDS[event.eventType](state, event, date)
    provider = getattr(event, "provider", None)
    return replace(
        after,
        version=version,
        updated=max(state.updated, date),
        provider=provider_kept(provider) if provider else state.provider,
        marks=marked(state.marks, event.eventType, date),
    )
