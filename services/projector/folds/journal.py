"""The journal entry of an event (`events.yaml`, journal; `views.yaml`, JournalEvent)."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from services.projector.folds.contacts import identifier, medium_type, person_called, provider_name
from services.projector.folds.days import journal_date
from services.projector.folds.state import TicketState
from shared.clock import wire
from shared.contract import (
    EVENT_FACTS,
    CallEmittedTo,
    CallReceived,
    LogTrialAdded,
    MessageAdded,
    ProviderAssigned,
    RecourseChanged,
    TicketEvent,
    TicketEventInformationsCorrected,
)
from shared.directory import Directory

Data = dict[str, str | None]


class CorrectedEntry(NamedTuple):
    """The entry that takes the place of that of the ticket's event number `version`."""

    version: int
    entry: bytes


def journal_entry(event: TicketEvent, directory: Directory) -> bytes | None:
    """Write the entry of an event as JSON, with the names that the directory holds now; None if it is not listed."""
    if not EVENT_FACTS[event.eventType].listed:
        return None
    say = _DATA.get(event.eventType)
    return _entry(event.eventType, wire(journal_date(event)), say(event, directory) if say else {})


def corrected_entry(state: TicketState, event: TicketEventInformationsCorrected) -> CorrectedEntry | None:
    """Write again the entry whose text the event corrects; None when the journal does not show that text."""
    if event.targetedEvent not in state.messages:
        return None
    version, date = state.messages[event.targetedEvent]
    return CorrectedEntry(version, _entry("MessageAdded", date, {"message": event.text}))


def _entry(name: str, date: str, data: Data) -> bytes:
    present = {key: value for key, value in data.items() if value is not None}
    return orjson.dumps({"eventName": name, "date": date, "data": present})


def _emitted(event: CallEmittedTo, directory: Directory) -> Data:
    return {
        "called": person_called(event.recipient, directory),
        "medium": medium_type(event.medium),
        "identifier": identifier(event.medium),
    }


def _received(event: CallReceived, directory: Directory) -> Data:
    return {"caller": event.caller, "medium": medium_type(event.medium), "identifier": identifier(event.medium)}


def _assigned(event: ProviderAssigned, directory: Directory) -> Data:
    kind = "RecourseChanged" if isinstance(event.purpose, RecourseChanged) else "ProviderAssigned"
    return {"type": kind, "provider": provider_name(event.provider, directory)}


def _provider(event: Any, directory: Directory) -> Data:
    return {"provider": provider_name(event.provider, directory)}


def _trial(event: LogTrialAdded, directory: Directory) -> Data:
    return {"trialLabel": event.logTrial.trialLabel}


def _message(event: MessageAdded, directory: Directory) -> Data:
    return {"message": event.message}


def _breakdown(event: Any, directory: Directory) -> Data:
    return {"brakeDownNature": event.brakedownNature}


_DATA: Mapping[str, Callable[[Any, Directory], Data]] = {
    "CallEmittedTo": _emitted,
    "CallReceived": _received,
    "ProviderAssigned": _assigned,
    "CallAnsweredByProvider": _provider,
    "CallNotAnsweredByProvider": _provider,
    "MissionAccepted": _provider,
    "MissionRefused": _provider,
    "LogTrialAdded": _trial,
    "MessageAdded": _message,
    "ArrivedOnSite": _provider,
    "GoneFromSite": _provider,
    "TicketClosed": _breakdown,
    "PermanentlyFixed": _breakdown,
    "PartiallyFixed": _breakdown,
    "TicketClosedImpossibleRepair": _breakdown,
    "PostponedFix": _breakdown,
}
