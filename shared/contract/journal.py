"""The journal of a ticket as the detail shows it: days, entries, and what each entry says (`models.yaml`)."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationInfo, field_validator

from shared.contract.record import Record
from shared.contract.scalars import AssignationKind, LocalDate, MediumType, UtcDateTime


class CallEmittedData(Record):
    """Who was called, unless an unknown provider, through what channel, at what number or address."""

    called: str | None = None
    medium: MediumType
    identifier: str


class CallReceivedData(Record):
    """Who called, through what channel, from what number or address."""

    caller: str
    medium: MediumType
    identifier: str


class AssignationData(Record):
    """First choice or change of provider, and the provider's name if known."""

    type: AssignationKind
    provider: str | None = None


class ProviderData(Record):
    """The provider's name, if known."""

    provider: str | None = None


class LogTrialData(Record):
    """The coded line's text."""

    trialLabel: str


class MessageData(Record):
    """The commentary, as corrected if it was."""

    message: str


class BreakdownData(Record):
    """Nature of the breakdown (the journal's own spelling)."""

    brakeDownNature: str | None = None


class NoData(Record):
    """Nothing beyond the entry's name and date."""


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
"""What an entry says beyond its name and date; its shape follows from the entry's name."""

JOURNAL_DATA: Mapping[str, type[JournalEventData]] = {
    "CallEmittedTo": CallEmittedData,
    "CallReceived": CallReceivedData,
    "ProviderAssigned": AssignationData,
    "CallAnsweredByProvider": ProviderData,
    "CallNotAnsweredByProvider": ProviderData,
    "MissionAccepted": ProviderData,
    "MissionRefused": ProviderData,
    "LogTrialAdded": LogTrialData,
    "MessageAdded": MessageData,
    "ArrivedOnSite": ProviderData,
    "GoneFromSite": ProviderData,
    "TicketClosed": BreakdownData,
    "PermanentlyFixed": BreakdownData,
    "PartiallyFixed": BreakdownData,
    "TicketClosedImpossibleRepair": BreakdownData,
    "PostponedFix": BreakdownData,
}
"""The shape of an entry's data by its name; a name without a row has none."""


class JournalEvent(Record):
    """One entry: the event's type, its business date, what it says."""

    eventName: str
    date: UtcDateTime
    data: JournalEventData

    @field_validator("data", mode="before")
    @classmethod
    def _shape_of_the_name(cls, data: Any, info: ValidationInfo) -> Any:
        return JOURNAL_DATA.get(info.data.get("eventName", ""), NoData).model_validate(data)


class DayEvent(Record):
    """The entries of one day of Europe/Paris, oldest first."""

    day: LocalDate
    events: list[JournalEvent]
