"""The 31 commands: `OpenTicket`, and the 30 that `IncrementTicket` unites (`commands.yaml`).

An operator left out of a command is filled in by the server with the session's user.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contract.closing_commands import (
    ArchiveTicket,
    CancelTicket,
    CloseAfterSeveralUnsuccessfulRecalls,
    CloseBeyondCallCenterScope,
    CloseTicket,
    CloseTicketImpossibleRepair,
    FixPartially,
    FixPermanently,
    PostponeFix,
)
from shared.contract.record import Record
from shared.contract.scalars import DateTime, SafeUUID
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


class OpenTicket(Record):
    """Create a ticket."""

    processUid: SafeUUID
    aggregateUid: SafeUUID | None = None
    locationRef: LocationReference
    operator: Operator | None = None
    ticket: TicketInfos
    openedDate: DateTime
    commandType: Literal["OpenTicket"]


class EmitCallTo(Record):
    """Log an outgoing call or message."""

    processUid: SafeUUID
    operator: Operator | None = None
    recipient: Persona
    comment: str | None = None
    medium: ContactMedium
    date: DateTime
    commandType: Literal["EmitCallTo"]


class ReceiveCall(Record):
    """Log an incoming call or message."""

    processUid: SafeUUID
    operator: Operator | None = None
    callPurpose: str
    caller: str
    comment: str | None = None
    medium: ContactMedium
    date: DateTime
    commandType: Literal["ReceiveCall"]


class AssignProvider(Record):
    """Put a provider on the ticket, or swap it."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    purpose: ProviderAssignationPurpose
    date: DateTime
    commandType: Literal["AssignProvider"]


class ReportSendingServiceOrder(Record):
    """Note that a service order was sent to the assigned provider."""

    processUid: SafeUUID
    operator: Operator
    provider: Provider
    ref: str
    reportDate: DateTime
    sendingDate: DateTime
    commandType: Literal["ReportSendingServiceOrder"]


class ProviderAnswerCall(Record):
    """The provider answered a call."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["ProviderAnswerCall"]


class ProviderNotAnswerCall(Record):
    """The provider did not answer a call."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["ProviderNotAnswerCall"]


class ScheduleMission(Record):
    """Plan a slot with the provider."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str | None = None
    date: DateTime
    startDate: DateTime
    endDate: DateTime
    commandType: Literal["ScheduleMission"]


class DefineInterventionDeadline(Record):
    """Give the provider a deadline."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    date: DateTime
    deadline: DateTime
    commandType: Literal["DefineInterventionDeadline"]


class ReportFormalNoticeForProvider(Record):
    """Deadline missed: put the provider on formal notice with a new one."""

    processUid: SafeUUID
    ref: str | None = None
    operator: Operator | None = None
    provider: Provider
    reportDate: DateTime
    deadline: DateTime
    commandType: Literal["ReportFormalNoticeForProvider"]


class AcceptMission(Record):
    """The provider takes the job."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["AcceptMission"]


class RefuseMission(Record):
    """The provider declines the job."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["RefuseMission"]


class ReopenTicket(Record):
    """Put a closed ticket back to work."""

    processUid: SafeUUID
    operator: Operator | None = None
    purpose: str | None = None
    date: DateTime
    commandType: Literal["ReopenTicket"]


class AddLogTrial(Record):
    """Append a coded journal line."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    logTrial: LogTrial
    logTrialAddedDate: DateTime
    commandType: Literal["AddLogTrial"]


class AddMessage(Record):
    """Append a free commentary."""

    processUid: SafeUUID
    operator: Operator | None = None
    message: str
    messageAddedDate: DateTime
    commandType: Literal["AddMessage"]


class ArriveOnSite(Record):
    """The provider is on site."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    date: DateTime
    commandType: Literal["ArriveOnSite"]


class GoFromSite(Record):
    """The provider left the site."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    date: DateTime
    commandType: Literal["GoFromSite"]


class StartIntervention(Record):
    """Work starts."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    startedDate: DateTime
    commandType: Literal["StartIntervention"]


class FinishIntervention(Record):
    """Work ends."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    finishedDate: DateTime
    commandType: Literal["FinishIntervention"]


class UpdateTicket(Record):
    """Compensation: replace what OpenTicket said. Not a progress step."""

    processUid: SafeUUID
    locationRef: LocationReference
    operator: Operator | None = None
    ticket: TicketInfos
    openedDate: DateTime
    commandType: Literal["UpdateTicket"]


class CorrectTicketInformations(Record):
    """Compensation: overwrite some ticket texts."""

    processUid: SafeUUID
    fieldsToCorrect: FieldsToCorrect
    operator: Operator | None = None
    date: DateTime
    commandType: Literal["CorrectTicketInformations"]


class CorrectTicketEventInformations(Record):
    """Compensation: overwrite the text of one earlier event."""

    processUid: SafeUUID
    targetedEvent: SafeUUID
    text: str
    operator: Operator | None = None
    date: DateTime
    commandType: Literal["CorrectTicketEventInformations"]


IncrementTicket = Annotated[
    EmitCallTo
    | ReceiveCall
    | AssignProvider
    | ReportSendingServiceOrder
    | ProviderAnswerCall
    | ProviderNotAnswerCall
    | ScheduleMission
    | DefineInterventionDeadline
    | ReportFormalNoticeForProvider
    | AcceptMission
    | RefuseMission
    | ReopenTicket
    | AddLogTrial
    | AddMessage
    | CancelTicket
    | ArriveOnSite
    | GoFromSite
    | StartIntervention
    | FinishIntervention
    | UpdateTicket
    | CorrectTicketInformations
    | CorrectTicketEventInformations
    | CloseTicket
    | ArchiveTicket
    | FixPermanently
    | FixPartially
    | CloseTicketImpossibleRepair
    | PostponeFix
    | CloseBeyondCallCenterScope
    | CloseAfterSeveralUnsuccessfulRecalls,
    Field(discriminator="commandType"),
]
"""Every command on a ticket that exists, told apart by `commandType`."""
