"""The journal of a ticket as the detail shows it: days, their entries, and the data of an entry (`models.yaml`)."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationInfo, field_validator

from shared.contract.record import Record
from shared.contract.scalars import AssignationKind, LocalDate, MediumType, UtcDateTime
from shared.contract.type_names import EventType, for_every_event


class CallEmittedData(Record):
    """Who was called, by which medium, and at which number or address. An unknown provider has no name."""

    called: str | None = None
    medium: MediumType
    identifier: str


class CallReceivedData(Record):
    """Who called, by which medium, and from which number or address."""

    caller: str
    medium: MediumType
    identifier: str


class AssignationData(Record):
    """First assignment or change of the provider, and the provider's name if known."""

    type: AssignationKind
    provider: str | None = None


class ProviderData(Record):
    """The provider's name, if known."""

    provider: str | None = None


class LogTrialData(Record):
    """The text of the coded line."""

    trialLabel: str


class MessageData(Record):
    """The commentary, with its last correction if there is one."""

    message: str


class BreakdownData(Record):
    """The nature of the breakdown. The journal has its own spelling of this field."""

    brakeDownNature: str | None = None


class NoData(Record):
    """An entry with a name and a date only."""


JournalEventData = (
    CallEmittedData
    | CallReceivedData
    | AssignationData
    | ProviderData
    | LogTrialData
    | MessageData
    | BreakdownData
    | NoData
)
"""The data of an entry besides its name and date. Its shape depends on the name of the entry."""

JOURNAL_DATA: Mapping[EventType, type[JournalEventData]] = for_every_event(
    {
        "TicketOpened": NoData,
        "CallEmittedTo": CallEmittedData,
        "CallReceived": CallReceivedData,
        "ProviderAssigned": AssignationData,
        "SendingServiceOrderReported": NoData,
        "CallAnsweredByProvider": ProviderData,
        "CallNotAnsweredByProvider": ProviderData,
        "MissionScheduled": NoData,
        "InterventionDeadlineDefined": NoData,
        "FormalNoticeForProviderReported": NoData,
        "MissionAccepted": ProviderData,
        "MissionRefused": ProviderData,
        "TicketReopened": NoData,
        "LogTrialAdded": LogTrialData,
        "MessageAdded": MessageData,
        "TicketCancelled": NoData,
        "ArrivedOnSite": ProviderData,
        "GoneFromSite": ProviderData,
        "InterventionStarted": NoData,
        "InterventionFinished": NoData,
        "TicketUpdated": NoData,
        "TicketInformationsCorrected": NoData,
        "TicketEventInformationsCorrected": NoData,
        "TicketClosed": BreakdownData,
        "TicketArchived": NoData,
        "PermanentlyFixed": BreakdownData,
        "PartiallyFixed": BreakdownData,
        "TicketClosedImpossibleRepair": BreakdownData,
        "PostponedFix": BreakdownData,
        "ClosedBeyondCallCenterScope": NoData,
        "ClosedAfterSeveralUnsuccessfulRecalls": NoData,
    }
)
"""The shape of an entry's data by the type of its event."""


class JournalEvent(Record):
    """One entry: the type of the event, its business date, and its data."""

    eventName: str
    date: UtcDateTime
    data: JournalEventData

    @field_validator("data", mode="before")
    @classmethod
    def _shape_of_the_name(cls, data: Any, info: ValidationInfo) -> Any:
        # `eventName` is any string: a newer server may list events that this version does not know.
        return JOURNAL_DATA.get(info.data.get("eventName", ""), NoData).model_validate(data)


class DayEvent(Record):
    """The entries of one day in Europe/Paris, oldest first."""

    day: LocalDate
    events: list[JournalEvent]
