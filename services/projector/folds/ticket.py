"""What each kind of event does to a ticket (`events.yaml`; contract README, 39 to 46, 52, 58).

A fold takes the state before, the event, and its journal date in UTC, and gives the state after. What all events do
alike (version, `updated`, provider, durations) is `table.fold`'s.
"""

from dataclasses import replace

from services.projector.folds.commentary import message, remembered
from services.projector.folds.content import content_of
from services.projector.folds.state import TicketState
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
    """Make the state of a new ticket."""
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


def noted(state: TicketState, event: TicketEvent, date: str) -> TicketState:
    """Leave the ticket as it is: the journal alone tells of the event."""
    return state


def commented(state: TicketState, event: MessageAdded | TicketEventInformationsCorrected, date: str) -> TicketState:
    """Count in the commentary's text, or the one that takes its place, and remember its words."""
    return replace(
        state,
        commented=state.commented + len(message(event)),
        commentaries=remembered(state.commentaries, event),
    )


def progressed(state: TicketState, event: TicketEvent, date: str) -> TicketState:
    """Move the work forward; a closed ticket stays where it is."""
    if state.status == "CLOSED":
        return state
    return replace(state, step=event.eventType, since=date)


def scheduled(state: TicketState, event: MissionScheduled, date: str) -> TicketState:
    """Move the work forward; the slot takes the place of an earlier one."""
    slot = {"startDate": wire(instant(event.startDate)), "endDate": wire(instant(event.endDate))}
    return replace(progressed(state, event, date), slot=slot)


def bound(state: TicketState, event: InterventionDeadlineDefined, date: str) -> TicketState:
    """Move the work forward; the deadline takes the place of an earlier one, but not of a notice's."""
    return replace(progressed(state, event, date), deadline=wire(instant(event.deadline)))


def put_on_notice(state: TicketState, event: FormalNoticeForProviderReported, date: str) -> TicketState:
    """Move the work forward; the notice takes the place of an earlier one."""
    notice = {"date": date, "deadline": wire(instant(event.deadline))}
    return replace(progressed(state, event, date), notice=notice)


def reopened(state: TicketState, event: TicketReopened, date: str) -> TicketState:
    """Put the ticket back to work; its report stays."""
    return replace(state, status="OPENED", step=event.eventType, since=date, closed=None)


def closed(state: TicketState, event: TicketEvent, date: str) -> TicketState:
    """Close the ticket; one that is closed already keeps the date of its first closing."""
    return replace(state, status="CLOSED", step=event.eventType, since=date, closed=state.closed or date)


def closed_with_report(state: TicketState, event: ReportingClosing, date: str) -> TicketState:
    """Close the ticket; the report, when there is one, takes the place of an earlier one."""
    after = closed(state, event, date)
    return after if event.report is None else replace(after, report=event.report)


def replaced(state: TicketState, event: TicketUpdated, date: str) -> TicketState:
    """Put another content in place of the ticket's; its progress is untouched."""
    return replace(state, content=content_of(event))


def corrected(state: TicketState, event: TicketInformationsCorrected, date: str) -> TicketState:
    """Overwrite the texts that the event names."""
    texts = event.fieldsCorrected
    content = replace(
        state.content,
        request=state.content.request if texts.request is None else texts.request,
        instructions=state.content.instructions if texts.instructions is None else texts.instructions,
    )
    report = state.report if texts.closingReport is None else texts.closingReport
    return replace(state, content=content, report=report)
