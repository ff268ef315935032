"""The 31 events, one for each command, and the body that contains them (`events.yaml`).

An event has the fields of its command, `aggregateUid` (the ticket), the operator, and `sentDate` (when the server
received the command). The command's `processUid` identifies the event within the ticket.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from shared.contract.closing_events import (
    ClosedAfterSeveralUnsuccessfulRecalls,
    ClosedBeyondCallCenterScope,
    PartiallyFixed,
    PermanentlyFixed,
    PostponedFix,
    TicketArchived,
    TicketCancelled,
    TicketClosed,
    TicketClosedImpossibleRepair,
)
from shared.contract.record import Record
from shared.contract.scalars import DateTime, SafeUUID, UtcDateTime
from shared.contract.type_names import EventType, for_every_event
from shared.contract.values import (
    ContactMedium,
    FieldsToCorrect,
    LocationReference,
    LogTrial,
    Operator,
    Persona,
    Provider,
    ProviderAssignationPurpose,
    TicketInfos,
)


class TicketOpened(Record):
    """A ticket was opened."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    locationRef: LocationReference
    operator: Operator
    ticket: TicketInfos
    openedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketOpened"]


class CallEmittedTo(Record):
    """A person or provider was called or written to."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    recipient: Persona
    comment: str | None = None
    medium: ContactMedium
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["CallEmittedTo"]


class CallReceived(Record):
    """A person called or wrote."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    callPurpose: str
    caller: str
    comment: str | None = None
    medium: ContactMedium
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["CallReceived"]


class ProviderAssigned(Record):
    """A provider was assigned to the ticket. It replaces an earlier one."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    purpose: ProviderAssignationPurpose
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["ProviderAssigned"]


class SendingServiceOrderReported(Record):
    """A service order was sent to the provider."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    ref: str
    reportDate: DateTime
    sendingDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["SendingServiceOrderReported"]


class CallAnsweredByProvider(Record):
    """The provider answered a call."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["CallAnsweredByProvider"]


class CallNotAnsweredByProvider(Record):
    """The provider did not answer a call."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["CallNotAnsweredByProvider"]


class MissionScheduled(Record):
    """A time slot was planned with the provider."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str | None = None
    date: DateTime
    startDate: DateTime
    endDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["MissionScheduled"]


class InterventionDeadlineDefined(Record):
    """The provider was given a deadline."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    date: DateTime
    deadline: DateTime
    sentDate: UtcDateTime
    eventType: Literal["InterventionDeadlineDefined"]


class FormalNoticeForProviderReported(Record):
    """The provider missed a deadline and received a new one by formal notice."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    ref: str | None = None
    operator: Operator
    provider: Provider
    reportDate: DateTime
    deadline: DateTime
    sentDate: UtcDateTime
    eventType: Literal["FormalNoticeForProviderReported"]


class MissionAccepted(Record):
    """The provider accepted the mission."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["MissionAccepted"]


class MissionRefused(Record):
    """The provider refused the mission. The provider stays assigned."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["MissionRefused"]


class TicketReopened(Record):
    """A closed ticket was opened again."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    purpose: str | None = None
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketReopened"]


class LogTrialAdded(Record):
    """A coded line was added to the journal."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider | None = None
    logTrial: LogTrial
    logTrialAddedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["LogTrialAdded"]


class MessageAdded(Record):
    """A free commentary was added."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    message: str
    messageAddedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["MessageAdded"]


class ArrivedOnSite(Record):
    """The provider arrived on site."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["ArrivedOnSite"]


class GoneFromSite(Record):
    """The provider left the site."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["GoneFromSite"]


class InterventionStarted(Record):
    """The intervention started."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    startedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["InterventionStarted"]


class InterventionFinished(Record):
    """The intervention ended."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    finishedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["InterventionFinished"]


class TicketUpdated(Record):
    """Location, content and opening date were replaced. The progress did not change."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    locationRef: LocationReference
    operator: Operator
    ticket: TicketInfos
    openedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketUpdated"]


class TicketInformationsCorrected(Record):
    """Texts of the ticket were replaced."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    fieldsCorrected: FieldsToCorrect
    operator: Operator
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketInformationsCorrected"]


class TicketEventInformationsCorrected(Record):
    """The text of an earlier event was replaced in the views. The stored event did not change."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    targetedEvent: SafeUUID
    text: str
    operator: Operator
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketEventInformationsCorrected"]


TicketEvent = Annotated[
    TicketOpened
    | CallEmittedTo
    | CallReceived
    | ProviderAssigned
    | SendingServiceOrderReported
    | CallAnsweredByProvider
    | CallNotAnsweredByProvider
    | MissionScheduled
    | InterventionDeadlineDefined
    | FormalNoticeForProviderReported
    | MissionAccepted
    | MissionRefused
    | TicketReopened
    | LogTrialAdded
    | MessageAdded
    | TicketCancelled
    | ArrivedOnSite
    | GoneFromSite
    | InterventionStarted
    | InterventionFinished
    | TicketUpdated
    | TicketInformationsCorrected
    | TicketEventInformationsCorrected
    | TicketClosed
    | TicketArchived
    | PermanentlyFixed
    | PartiallyFixed
    | TicketClosedImpossibleRepair
    | PostponedFix
    | ClosedBeyondCallCenterScope
    | ClosedAfterSeveralUnsuccessfulRecalls,
    Field(discriminator="eventType"),
]
"""Any event; `eventType` says which one."""

EVENT_CLASSES: Mapping[EventType, type[TicketEvent]] = for_every_event(
    {get_args(event.model_fields["eventType"].annotation)[0]: event for event in get_args(get_args(TicketEvent)[0])}
)
"""The class of each event, by its `eventType`."""


class TicketEventResultView(Record):
    """The body of a successful write and of the feed: events in the order in which they were received."""

    events: list[TicketEvent]
