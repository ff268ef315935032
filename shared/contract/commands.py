"""The 31 commands: `OpenTicket`, and the 30 of the union `IncrementTicket` (`commands.yaml`).

If a command has no operator, the server inserts the user of the session.
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
    """Open a ticket."""

    processUid: SafeUUID
    aggregateUid: SafeUUID | None = None
    locationRef: LocationReference
    operator: Operator | None = None
    ticket: TicketInfos
    openedDate: DateTime
    commandType: Literal["OpenTicket"]


class EmitCallTo(Record):
    """Report an outgoing call or message."""

    processUid: SafeUUID
    operator: Operator | None = None
    recipient: Persona
    comment: str | None = None
    medium: ContactMedium
    date: DateTime
    commandType: Literal["EmitCallTo"]


class ReceiveCall(Record):
    """Report an incoming call or message."""

    processUid: SafeUUID
    operator: Operator | None = None
    callPurpose: str
    caller: str
    comment: str | None = None
    medium: ContactMedium
    date: DateTime
    commandType: Literal["ReceiveCall"]


class AssignProvider(Record):
    """Assign a provider to the ticket, or replace the assigned one."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    purpose: ProviderAssignationPurpose
    date: DateTime
    commandType: Literal["AssignProvider"]


class ReportSendingServiceOrder(Record):
    """Report that a service order was sent to the assigned provider."""

    processUid: SafeUUID
    operator: Operator
    provider: Provider
    ref: str
    reportDate: DateTime
    sendingDate: DateTime
    commandType: Literal["ReportSendingServiceOrder"]


class ProviderAnswerCall(Record):
    """Report that the provider answered a call."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["ProviderAnswerCall"]


class ProviderNotAnswerCall(Record):
    """Report that the provider did not answer a call."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["ProviderNotAnswerCall"]


class ScheduleMission(Record):
    """Plan a time slot with the provider."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str | None = None
    date: DateTime
    startDate: DateTime
    endDate: DateTime
    commandType: Literal["ScheduleMission"]


class DefineInterventionDeadline(Record):
    """Set a deadline for the provider."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    date: DateTime
    deadline: DateTime
    commandType: Literal["DefineInterventionDeadline"]


class ReportFormalNoticeForProvider(Record):
    """Report that the provider missed the deadline and received a new one by formal notice."""

    processUid: SafeUUID
    ref: str | None = None
    operator: Operator | None = None
    provider: Provider
    reportDate: DateTime
    deadline: DateTime
    commandType: Literal["ReportFormalNoticeForProvider"]


class AcceptMission(Record):
    """Report that the provider accepts the mission."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["AcceptMission"]


class RefuseMission(Record):
    """Report that the provider refuses the mission."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    comment: str
    date: DateTime
    commandType: Literal["RefuseMission"]


class ReopenTicket(Record):
    """Open a closed ticket again."""

    processUid: SafeUUID
    operator: Operator | None = None
    purpose: str | None = None
    date: DateTime
    commandType: Literal["ReopenTicket"]


class AddLogTrial(Record):
    """Add a coded line to the journal."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider | None = None
    logTrial: LogTrial
    logTrialAddedDate: DateTime
    commandType: Literal["AddLogTrial"]


class AddMessage(Record):
    """Add a free commentary."""

    processUid: SafeUUID
    operator: Operator | None = None
    message: str
    messageAddedDate: DateTime
    commandType: Literal["AddMessage"]


class ArriveOnSite(Record):
    """Report that the provider arrived on site."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    date: DateTime
    commandType: Literal["ArriveOnSite"]


class GoFromSite(Record):
    """Report that the provider left the site."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    date: DateTime
    commandType: Literal["GoFromSite"]


class StartIntervention(Record):
    """Report that the intervention starts."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    startedDate: DateTime
    commandType: Literal["StartIntervention"]


class FinishIntervention(Record):
    """Report that the intervention ends."""

    processUid: SafeUUID
    operator: Operator | None = None
    provider: Provider
    finishedDate: DateTime
    commandType: Literal["FinishIntervention"]


class UpdateTicket(Record):
    """Replace location, content and opening date of the ticket. Its progress does not change."""

    processUid: SafeUUID
    locationRef: LocationReference
    operator: Operator | None = None
    ticket: TicketInfos
    openedDate: DateTime
    commandType: Literal["UpdateTicket"]


class CorrectTicketInformations(Record):
    """Replace texts of the ticket."""

    processUid: SafeUUID
    fieldsToCorrect: FieldsToCorrect
    operator: Operator | None = None
    date: DateTime
    commandType: Literal["CorrectTicketInformations"]


class CorrectTicketEventInformations(Record):
    """Replace the text of an earlier event in the views."""

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
"""Any command on a ticket that exists; `commandType` says which one."""
