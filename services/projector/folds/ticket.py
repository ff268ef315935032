"""The folds: what each event changes in a ticket's state (`events.yaml`; contract 39 to 46, 52, 58).

A fold takes the state before the event, the event, and its journal date in UTC. It returns the state after the event.
`table.fold` changes the fields that every event changes: version, `updated`, provider and durations.
"""

from dataclasses import replace

from services.projector.folds.commentary import may_correct, message, remembering
from services.projector.folds.content import content_of
from services.projector.folds.ticket_state import CannotApply, TicketState
from shared.clock import instant, wire
from shared.contract import (
    FormalNoticeForProviderReported,
    InterventionDeadlineDefined,
    MessageAdded,
    MissionScheduled,
    PartiallyFixed,
    PermanentlyFixed,
    PostponedFix,
    TicketClosed,
    TicketClosedImpossibleRepair,
    TicketEvent,
    TicketEventInformationsCorrected,
    TicketInformationsCorrected,
    TicketOpened,
    TicketReopened,
    TicketUpdated,
)

ReportingClosing = TicketClosed | PermanentlyFixed | PartiallyFixed | TicketClosedImpossibleRepair | PostponedFix


def opened(event: TicketOpened) -> TicketState:
    """Return the state of a new ticket."""
    content = content_of(event)
    return TicketState(
        uid=event.aggregateUid,
        version=1,
        content=content,
        status="OPENED",
        step=event.eventType,
        since=content.created,
        updated=content.created,
    )


def opened_again(state: TicketState, event: TicketOpened, date: str) -> TicketState:
    """Raise `CannotApply`: a ticket is opened once."""
    raise CannotApply(f"ticket {state.uid} is opened a second time by version {state.version + 1}")


def noted(state: TicketState, event: TicketEvent, date: str) -> TicketState:
    """Return the state unchanged: only the journal shows the event."""
    return state


def commented(state: TicketState, event: MessageAdded | TicketEventInformationsCorrected, date: str) -> TicketState:
    """Add the size of the commentary's text or of its correction, and keep its words for full text."""
    if isinstance(event, TicketEventInformationsCorrected) and not may_correct(event, state):
        return state
    return replace(
        remembering(state, event),
        commented=state.commented + len(message(event)),
    )


def step_taken(state: TicketState, event: TicketEvent, date: str) -> TicketState:
    """Set the step to this event; that of a closed ticket does not change."""
    if state.status == "CLOSED":
        return state
    return replace(state, step=event.eventType, since=date)


def scheduled(state: TicketState, event: MissionScheduled, date: str) -> TicketState:
    """Set the step; the slot replaces an earlier one."""
    slot = {"startDate": wire(instant(event.startDate)), "endDate": wire(instant(event.endDate))}
    return replace(step_taken(state, event, date), slot=slot)


def deadline_defined(state: TicketState, event: InterventionDeadlineDefined, date: str) -> TicketState:
    """Set the step; the deadline replaces an earlier one, but not that of a formal notice."""
    return replace(step_taken(state, event, date), deadline=wire(instant(event.deadline)))


def put_on_notice(state: TicketState, event: FormalNoticeForProviderReported, date: str) -> TicketState:
    """Set the step; the formal notice replaces an earlier one."""
    notice = {"date": date, "deadline": wire(instant(event.deadline))}
    return replace(step_taken(state, event, date), notice=notice)


def reopened(state: TicketState, event: TicketReopened, date: str) -> TicketState:
    """Open the ticket again; its report stays."""
    return replace(state, status="OPENED", step=event.eventType, since=date, closed=None)


def closed(state: TicketState, event: TicketEvent, date: str) -> TicketState:
    """Close the ticket; a closed ticket keeps the date of its first closing."""
    return replace(state, status="CLOSED", step=event.eventType, since=date, closed=state.closed or date)


def closed_with_report(state: TicketState, event: ReportingClosing, date: str) -> TicketState:
    """Close the ticket; a report replaces an earlier one."""
    after = closed(state, event, date)
    return after if event.report is None else replace(after, report=event.report)


def replaced(state: TicketState, event: TicketUpdated, date: str) -> TicketState:
    """Replace the content of the ticket; its step does not change."""
    return replace(state, content=content_of(event))


def corrected(state: TicketState, event: TicketInformationsCorrected, date: str) -> TicketState:
    """Replace the texts that the event names."""
    texts = event.fieldsCorrected
    content = replace(
        state.content,
        request=state.content.request if texts.request is None else texts.request,
        instructions=state.content.instructions if texts.instructions is None else texts.instructions,
    )
    report = state.report if texts.closingReport is None else texts.closingReport
    return replace(state, content=content, report=report)
