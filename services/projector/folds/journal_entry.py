"""The journal entry of an event (`events.yaml`, journal; `views.yaml`, JournalEvent)."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from services.projector.folds.business_date import business_date
from services.projector.folds.contacts import identifier, medium_type, person_called, provider_name
from services.projector.folds.references import provider_named
from shared.clock import wire
from shared.contract import (
    ArrivedOnSite,
    CallAnsweredByProvider,
    CallEmittedTo,
    CallNotAnsweredByProvider,
    CallReceived,
    EventType,
    GoneFromSite,
    LogTrialAdded,
    MessageAdded,
    MissionAccepted,
    MissionRefused,
    PartiallyFixed,
    PermanentlyFixed,
    PostponedFix,
    ProviderAssigned,
    RecourseChanged,
    ReferencedProvider,
    TicketClosed,
    TicketClosedImpossibleRepair,
    TicketEvent,
    TicketOpened,
)
from shared.contract.type_names import for_every_event
from shared.directory.entries import Directory
from shared.read_model.journal_by_day import commentary_entry

_OfProvider = (
    CallAnsweredByProvider | CallNotAnsweredByProvider | MissionAccepted | MissionRefused | ArrivedOnSite | GoneFromSite
)
_OfBreakdown = TicketClosed | PermanentlyFixed | PartiallyFixed | TicketClosedImpossibleRepair | PostponedFix


class _Entry(NamedTuple):
    """How the entry of an event is written, and whether it shows the name of the provider that the event names."""

    write: Callable[[Any, Directory], bytes | None]
    shows_provider: bool = False


def journal_entry(event: TicketEvent, directory: Directory) -> bytes | None:
    """Return an event's entry as JSON, with the present names of the directory; None if it is not listed.

    The entry of a commentary ends before its message, which is stored apart (see `commentary`).
    """
    return _ENTRIES[event.eventType].write(event, directory)


def provider_shown(event: TicketEvent) -> str | None:
    """Return the uid of the referenced provider whose name the event's entry shows; None if it shows none."""
    provider = provider_named(event) if _ENTRIES[event.eventType].shows_provider else None
    return provider.providerUid if isinstance(provider, ReferencedProvider) else None


def _unlisted(event: TicketOpened, directory: Directory) -> None:
    return None


def _commentary(event: MessageAdded, directory: Directory) -> bytes:
    return commentary_entry(wire(business_date(event)))


def _plain(event: TicketEvent, directory: Directory) -> bytes:
    return _entry(event)


def _emitted(event: CallEmittedTo, directory: Directory) -> bytes:
    called = person_called(event.recipient, directory)
    return _entry(event, called=called, medium=medium_type(event.medium), identifier=identifier(event.medium))


def _received(event: CallReceived, directory: Directory) -> bytes:
    return _entry(event, caller=event.caller, medium=medium_type(event.medium), identifier=identifier(event.medium))


def _assigned(event: ProviderAssigned, directory: Directory) -> bytes:
    kind = "RecourseChanged" if isinstance(event.purpose, RecourseChanged) else "ProviderAssigned"
    return _entry(event, type=kind, provider=provider_name(event.provider, directory))


def _provider(event: _OfProvider, directory: Directory) -> bytes:
    return _entry(event, provider=provider_name(event.provider, directory))


def _trial(event: LogTrialAdded, directory: Directory) -> bytes:
    return _entry(event, trialLabel=event.logTrial.trialLabel)


def _breakdown(event: _OfBreakdown, directory: Directory) -> bytes:
    return _entry(event, brakeDownNature=event.brakedownNature)


def _entry(event: TicketEvent, **data: str | int | None) -> bytes:
    present = {key: value for key, value in data.items() if value is not None}
    return orjson.dumps({"eventName": event.eventType, "date": wire(business_date(event)), "data": present})


_UNLISTED, _COMMENTARY, _PLAIN = _Entry(_unlisted), _Entry(_commentary), _Entry(_plain)
_EMITTED, _ASSIGNED, _PROVIDER = (_Entry(write, shows_provider=True) for write in (_emitted, _assigned, _provider))
_RECEIVED, _TRIAL, _BREAKDOWN = _Entry(_received), _Entry(_trial), _Entry(_breakdown)

_ENTRIES: Mapping[EventType, _Entry] = for_every_event(
    {
        "TicketOpened": _UNLISTED,
        "CallEmittedTo": _EMITTED,
        "CallReceived": _RECEIVED,
        "ProviderAssigned": _ASSIGNED,
        "SendingServiceOrderReported": _PLAIN,
        "CallAnsweredByProvider": _PROVIDER,
        "CallNotAnsweredByProvider": _PROVIDER,
        "MissionScheduled": _PLAIN,
        "InterventionDeadlineDefined": _PLAIN,
        "FormalNoticeForProviderReported": _PLAIN,
        "MissionAccepted": _PROVIDER,
        "MissionRefused": _PROVIDER,
        "TicketReopened": _PLAIN,
        "LogTrialAdded": _TRIAL,
        "MessageAdded": _COMMENTARY,
        "TicketCancelled": _PLAIN,
        "ArrivedOnSite": _PROVIDER,
        "GoneFromSite": _PROVIDER,
        "InterventionStarted": _PLAIN,
        "InterventionFinished": _PLAIN,
        "TicketUpdated": _PLAIN,
        "TicketInformationsCorrected": _PLAIN,
        "TicketEventInformationsCorrected": _PLAIN,
        "TicketClosed": _BREAKDOWN,
        "TicketArchived": _PLAIN,
        "PermanentlyFixed": _BREAKDOWN,
        "PartiallyFixed": _BREAKDOWN,
        "TicketClosedImpossibleRepair": _BREAKDOWN,
        "PostponedFix": _BREAKDOWN,
        "ClosedBeyondCallCenterScope": _PLAIN,
        "ClosedAfterSeveralUnsuccessfulRecalls": _PLAIN,
    }
)
