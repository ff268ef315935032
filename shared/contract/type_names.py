"""The names of all commands and events, as types for tables that need one row for each.

A misspelt name is an error to mypy. A missing row is an error when the module of the table is imported.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar, get_args

EventType = Literal[
    "TicketOpened",
    "CallEmittedTo",
    "CallReceived",
    "ProviderAssigned",
    "SendingServiceOrderReported",
    "CallAnsweredByProvider",
    "CallNotAnsweredByProvider",
    "MissionScheduled",
    "InterventionDeadlineDefined",
    "FormalNoticeForProviderReported",
    "MissionAccepted",
    "MissionRefused",
    "TicketReopened",
    "LogTrialAdded",
    "MessageAdded",
    "TicketCancelled",
    "ArrivedOnSite",
    "GoneFromSite",
    "InterventionStarted",
    "InterventionFinished",
    "TicketUpdated",
    "TicketInformationsCorrected",
    "TicketEventInformationsCorrected",
    "TicketClosed",
    "TicketArchived",
    "PermanentlyFixed",
    "PartiallyFixed",
    "TicketClosedImpossibleRepair",
    "PostponedFix",
    "ClosedBeyondCallCenterScope",
    "ClosedAfterSeveralUnsuccessfulRecalls",
]
"""The `eventType` of every event, in the order of `events.yaml`."""

CommandType = Literal[
    "OpenTicket",
    "EmitCallTo",
    "ReceiveCall",
    "AssignProvider",
    "ReportSendingServiceOrder",
    "ProviderAnswerCall",
    "ProviderNotAnswerCall",
    "ScheduleMission",
    "DefineInterventionDeadline",
    "ReportFormalNoticeForProvider",
    "AcceptMission",
    "RefuseMission",
    "ReopenTicket",
    "AddLogTrial",
    "AddMessage",
    "CancelTicket",
    "ArriveOnSite",
    "GoFromSite",
    "StartIntervention",
    "FinishIntervention",
    "UpdateTicket",
    "CorrectTicketInformations",
    "CorrectTicketEventInformations",
    "CloseTicket",
    "ArchiveTicket",
    "FixPermanently",
    "FixPartially",
    "CloseTicketImpossibleRepair",
    "PostponeFix",
    "CloseBeyondCallCenterScope",
    "CloseAfterSeveralUnsuccessfulRecalls",
]
"""The `commandType` of every command, in the same order as the events in `EventType`."""

Row = TypeVar("Row")


def for_every_event(table: Mapping[EventType, Row]) -> Mapping[EventType, Row]:
    """Return `table`; raise `ValueError` unless it has exactly one row for each event type."""
    _check(table, get_args(EventType))
    return table


def for_every_command(table: Mapping[CommandType, Row]) -> Mapping[CommandType, Row]:
    """Return `table`; raise `ValueError` unless it has exactly one row for each command type."""
    _check(table, get_args(CommandType))
    return table


def _check(table: Iterable[str], names: Iterable[str]) -> None:
    missing, unknown = set(names) - set(table), set(table) - set(names)
    if missing or unknown:
        raise ValueError(f"rows are missing for {sorted(missing)}, rows are unknown: {sorted(unknown)}")
