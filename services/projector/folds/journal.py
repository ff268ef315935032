"""The journal entry of an event (`events.yaml`, journal; `views.yaml`, JournalEvent)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from services.projector.folds.contacts import identifier, medium_type, person_called, provider_name
from services.projector.folds.days import journal_date
from services.projector.folds.references import provider_named
from shared.clock import wire
from shared.contract import (
    EVENT_FACTS,
    CallEmittedTo,
    CallReceived,
    LogTrialAdded,
    MessageAdded,
    ProviderAssigned,
    RecourseChanged,
    ReferencedProvider,
    TicketEvent,
)
from shared.directory import Directory

Data = dict[str, str | None]


def journal_entry(event: TicketEvent, directory: Directory) -> bytes | None:
    """Write the entry of an event as JSON, with the names that the directory holds now; None if it is not listed.

    That of a commentary ends before its message, which is kept apart (see `commentary`).
    """
    if not EVENT_FACTS[event.eventType].listed:
        return None
    date = wire(journal_date(event))
    if isinstance(event, MessageAdded):
        return b'{"eventName":"MessageAdded","date":"%s","data":{"message":' % date.encode()
    say = _DATA.get(event.eventType)
    data = say(event, directory) if say else {}
    present = {key: value for key, value in data.items() if value is not None}
    return orjson.dumps({"eventName": event.eventType, "date": date, "data": present})


def provider_shown(event: TicketEvent) -> str | None:
    """Tell the uid of the referenced provider whose name the event's entry shows, None if it shows none."""
    provider = provider_named(event) if _DATA.get(event.eventType) in (_emitted, _assigned, _provider) else None
    return provider.providerUid if isinstance(provider, ReferencedProvider) else None


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
    "ArrivedOnSite": _provider,
    "GoneFromSite": _provider,
    "TicketClosed": _breakdown,
    "PermanentlyFixed": _breakdown,
    "PartiallyFixed": _breakdown,
    "TicketClosedImpossibleRepair": _breakdown,
    "PostponedFix": _breakdown,
}
