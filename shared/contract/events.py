"""The 31 events, one per command, and the body that carries them (`events.yaml`).

An event is its command plus `aggregateUid` (the ticket), the operator, and `sentDate` (when the server received it).
`processUid` is that of the command and identifies the event inside the ticket.
"""

from typing import Annotated, Literal

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
    """A ticket came into being."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    locationRef: LocationReference
    operator: Operator
    ticket: TicketInfos
    openedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketOpened"]


class CallEmittedTo(Record):
    """Someone was called or written to."""

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
    """Someone called or wrote."""

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
    """A provider was put on the ticket; replaces an earlier one."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    purpose: ProviderAssignationPurpose
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["ProviderAssigned"]


class SendingServiceOrderReported(Record):
    """A service order had been sent to the provider."""

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
    """A slot was planned with the provider."""

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
    """The provider missed a deadline and was given a new one by formal notice."""

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
    """The provider took the job."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["MissionAccepted"]


class MissionRefused(Record):
    """The provider declined the job; it stays assigned."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    comment: str
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["MissionRefused"]


class TicketReopened(Record):
    """A closed ticket went back to work."""

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
    """The provider came on site."""

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
    """Work started."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    startedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["InterventionStarted"]


class InterventionFinished(Record):
    """Work ended."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    operator: Operator
    provider: Provider
    finishedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["InterventionFinished"]


class TicketUpdated(Record):
    """Location, content and opening date were replaced; progress is untouched."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    locationRef: LocationReference
    operator: Operator
    ticket: TicketInfos
    openedDate: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketUpdated"]


class TicketInformationsCorrected(Record):
    """Texts of the ticket were overwritten."""

    processUid: SafeUUID
    aggregateUid: SafeUUID
    fieldsCorrected: FieldsToCorrect
    operator: Operator
    date: DateTime
    sentDate: UtcDateTime
    eventType: Literal["TicketInformationsCorrected"]


class TicketEventInformationsCorrected(Record):
    """The text of an earlier event was overwritten; that event itself stays as it was stored."""

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
"""Every event, told apart by `eventType`."""


class TicketEventResultView(Record):
    """Body of the write answers and of the event listing: events, oldest received first."""

    events: list[TicketEvent]
