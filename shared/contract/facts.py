"""What events mean, as one table: where they come from and what they do (`events.yaml`, `errors.yaml`)."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.contract.scalars import TicketStatus


class EventFacts(NamedTuple):
    """The facts of one event type.

    `command`: the command it comes from. `date`: the field of its business date, None for `sentDate`. `state`: what
    the ticket's state becomes, None for no change. `status`: likewise. `listed`: the journal shows it.
    """

    command: str
    date: str | None
    state: str | None
    status: TicketStatus | None
    listed: bool


EVENT_FACTS: Mapping[str, EventFacts] = {
    "TicketOpened": EventFacts("OpenTicket", "openedDate", "TicketOpened", "OPENED", listed=False),
    "CallEmittedTo": EventFacts("EmitCallTo", "date", None, None, listed=True),
    "CallReceived": EventFacts("ReceiveCall", "date", None, None, listed=True),
    "ProviderAssigned": EventFacts("AssignProvider", "date", "ProviderAssigned", None, listed=True),
    "SendingServiceOrderReported": EventFacts(
        "ReportSendingServiceOrder", "reportDate", "SendingServiceOrderReported", None, listed=True
    ),
    "CallAnsweredByProvider": EventFacts("ProviderAnswerCall", "date", None, None, listed=True),
    "CallNotAnsweredByProvider": EventFacts("ProviderNotAnswerCall", "date", None, None, listed=True),
    "MissionScheduled": EventFacts("ScheduleMission", "date", "MissionScheduled", None, listed=True),
    "InterventionDeadlineDefined": EventFacts(
        "DefineInterventionDeadline", "date", "InterventionDeadlineDefined", None, listed=True
    ),
    "FormalNoticeForProviderReported": EventFacts(
        "ReportFormalNoticeForProvider", "reportDate", "FormalNoticeForProviderReported", None, listed=True
    ),
    "MissionAccepted": EventFacts("AcceptMission", "date", "MissionAccepted", None, listed=True),
    "MissionRefused": EventFacts("RefuseMission", "date", "MissionRefused", None, listed=True),
    "TicketReopened": EventFacts("ReopenTicket", "date", "TicketReopened", "OPENED", listed=True),
    "LogTrialAdded": EventFacts("AddLogTrial", "logTrialAddedDate", None, None, listed=True),
    "MessageAdded": EventFacts("AddMessage", "messageAddedDate", None, None, listed=True),
    "TicketCancelled": EventFacts("CancelTicket", "date", "TicketCancelled", "CLOSED", listed=True),
    "ArrivedOnSite": EventFacts("ArriveOnSite", "date", "ArrivedOnSite", None, listed=True),
    "GoneFromSite": EventFacts("GoFromSite", "date", "GoneFromSite", None, listed=True),
    "InterventionStarted": EventFacts("StartIntervention", "startedDate", "InterventionStarted", None, listed=True),
    "InterventionFinished": EventFacts("FinishIntervention", "finishedDate", "InterventionFinished", None, listed=True),
    "TicketUpdated": EventFacts("UpdateTicket", None, None, None, listed=True),
    "TicketInformationsCorrected": EventFacts("CorrectTicketInformations", "date", None, None, listed=True),
    "TicketEventInformationsCorrected": EventFacts("CorrectTicketEventInformations", "date", None, None, listed=True),
    "TicketClosed": EventFacts("CloseTicket", "closingDate", "TicketClosed", "CLOSED", listed=True),
    "TicketArchived": EventFacts("ArchiveTicket", "closingDate", "TicketArchived", "CLOSED", listed=True),
    "PermanentlyFixed": EventFacts("FixPermanently", "closingDate", "PermanentlyFixed", "CLOSED", listed=True),
    "PartiallyFixed": EventFacts("FixPartially", "closingDate", "PartiallyFixed", "CLOSED", listed=True),
    "TicketClosedImpossibleRepair": EventFacts(
        "CloseTicketImpossibleRepair", "closingDate", "TicketClosedImpossibleRepair", "CLOSED", listed=True
    ),
    "PostponedFix": EventFacts("PostponeFix", "closingDate", "PostponedFix", "CLOSED", listed=True),
    "ClosedBeyondCallCenterScope": EventFacts(
        "CloseBeyondCallCenterScope", "closingDate", "ClosedBeyondCallCenterScope", "CLOSED", listed=True
    ),
    "ClosedAfterSeveralUnsuccessfulRecalls": EventFacts(
        "CloseAfterSeveralUnsuccessfulRecalls",
        "closingDate",
        "ClosedAfterSeveralUnsuccessfulRecalls",
        "CLOSED",
        listed=True,
    ),
}
"""Facts by `eventType`, in the order of `events.yaml`."""

ELIGIBLE_FOR_TEXT_CORRECTION: Mapping[str, str] = {
    "MessageAdded": "message",
    "CallReceived": "comment",
    "CallEmittedTo": "comment",
}
"""The events whose text `CorrectTicketEventInformations` may replace, and the field that holds it."""
