"""The facts of each event type that more than one service needs (`events.yaml`, `errors.yaml`)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from shared.contract.scalars import TicketStatus
from shared.contract.type_names import CommandType, EventType, for_every_event

BusinessDate = Literal[
    "date",
    "openedDate",
    "reportDate",
    "logTrialAddedDate",
    "messageAddedDate",
    "startedDate",
    "finishedDate",
    "closingDate",
]
"""A field of an event that says when the fact happened."""


class EventFacts(NamedTuple):
    """The facts of one event type.

    `command`: the command that becomes this event. `date`: the field of the business date; None means `sentDate`.
    `status`: the ticket's status after the event; None means unchanged.
    """

    command: CommandType
    date: BusinessDate | None
    status: TicketStatus | None


EVENT_FACTS: Mapping[EventType, EventFacts] = for_every_event(
    {
        "TicketOpened": EventFacts("OpenTicket", "openedDate", "OPENED"),
        "CallEmittedTo": EventFacts("EmitCallTo", "date", None),
        "CallReceived": EventFacts("ReceiveCall", "date", None),
        "ProviderAssigned": EventFacts("AssignProvider", "date", None),
        "SendingServiceOrderReported": EventFacts("ReportSendingServiceOrder", "reportDate", None),
        "CallAnsweredByProvider": EventFacts("ProviderAnswerCall", "date", None),
        "CallNotAnsweredByProvider": EventFacts("ProviderNotAnswerCall", "date", None),
        "MissionScheduled": EventFacts("ScheduleMission", "date", None),
        "InterventionDeadlineDefined": EventFacts("DefineInterventionDeadline", "date", None),
        "FormalNoticeForProviderReported": EventFacts("ReportFormalNoticeForProvider", "reportDate", None),
        "MissionAccepted": EventFacts("AcceptMission", "date", None),
        "MissionRefused": EventFacts("RefuseMission", "date", None),
        "TicketReopened": EventFacts("ReopenTicket", "date", "OPENED"),
        "LogTrialAdded": EventFacts("AddLogTrial", "logTrialAddedDate", None),
        "MessageAdded": EventFacts("AddMessage", "messageAddedDate", None),
        "TicketCancelled": EventFacts("CancelTicket", "date", "CLOSED"),
        "ArrivedOnSite": EventFacts("ArriveOnSite", "date", None),
        "GoneFromSite": EventFacts("GoFromSite", "date", None),
        "InterventionStarted": EventFacts("StartIntervention", "startedDate", None),
        "InterventionFinished": EventFacts("FinishIntervention", "finishedDate", None),
        "TicketUpdated": EventFacts("UpdateTicket", None, None),
        "TicketInformationsCorrected": EventFacts("CorrectTicketInformations", "date", None),
        "TicketEventInformationsCorrected": EventFacts("CorrectTicketEventInformations", "date", None),
        "TicketClosed": EventFacts("CloseTicket", "closingDate", "CLOSED"),
        "TicketArchived": EventFacts("ArchiveTicket", "closingDate", "CLOSED"),
        "PermanentlyFixed": EventFacts("FixPermanently", "closingDate", "CLOSED"),
        "PartiallyFixed": EventFacts("FixPartially", "closingDate", "CLOSED"),
        "TicketClosedImpossibleRepair": EventFacts("CloseTicketImpossibleRepair", "closingDate", "CLOSED"),
        "PostponedFix": EventFacts("PostponeFix", "closingDate", "CLOSED"),
        "ClosedBeyondCallCenterScope": EventFacts("CloseBeyondCallCenterScope", "closingDate", "CLOSED"),
        "ClosedAfterSeveralUnsuccessfulRecalls": EventFacts(
            "CloseAfterSeveralUnsuccessfulRecalls", "closingDate", "CLOSED"
        ),
    }
)
"""Facts by `eventType`, in the order of `events.yaml`."""

ELIGIBLE_FOR_TEXT_CORRECTION: frozenset[EventType] = frozenset({"MessageAdded", "CallReceived", "CallEmittedTo"})
"""The events whose text `CorrectTicketEventInformations` may replace."""
