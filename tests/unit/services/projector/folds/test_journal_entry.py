"""The journal entry of each event."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.projector.folds.journal_entry import journal_entry, provider_shown
from shared.contract import MessageAdded, TicketEvent, parse_event
from shared.directory.entries import Directory
from tests.contract.shapes import CONTRACT, EVENTS
from tests.unit.services.projector.folds.story import (
    ANONYMOUS,
    DIRECTORY,
    PHONE,
    PROVIDER,
    REFERENCED,
    STRANGER,
    UNKNOWN,
    event,
    opened,
)

DATA: dict[str, dict[str, str]] = {
    "CallEmittedTo": {"called": "Froid Dubrulle", "medium": "PHONE", "identifier": "0199004512"},
    "CallReceived": {
        "caller": "Mme Lefèvre, directrice du magasin",
        "medium": "PHONE",
        "identifier": "0199003127",
    },
    "ProviderAssigned": {"type": "RecourseChanged", "provider": "Froid Dubrulle"},
    "CallAnsweredByProvider": {"provider": "Froid Dubrulle"},
    "CallNotAnsweredByProvider": {"provider": "Froid Dubrulle"},
    "MissionAccepted": {"provider": "Froid Dubrulle"},
    "MissionRefused": {"provider": "Raymond Dubrulle"},
    "LogTrialAdded": {"trialLabel": "Première relance du prestataire"},
    "MessageAdded": {"message": "Marchandises transférées en chambre froide n° 2."},
    "ArrivedOnSite": {"provider": "Froid Dubrulle"},
    "GoneFromSite": {"provider": "Froid Dubrulle"},
    "TicketClosed": {"brakeDownNature": "Défaut électrique"},
    "PermanentlyFixed": {"brakeDownNature": "Compresseur grippé"},
    "PartiallyFixed": {"brakeDownNature": "Fuite sur évaporateur"},
    "TicketClosedImpossibleRepair": {"brakeDownNature": "Carte électronique hors service"},
    "PostponedFix": {},
}
DATES = {
    "CallEmittedTo": "2016-08-25T14:55:00.000Z",
    "SendingServiceOrderReported": "2016-08-25T13:31:53.000Z",
    "LogTrialAdded": "2016-08-25T15:00:00.000Z",
    "MessageAdded": "2016-08-25T18:45:00.000Z",
    "InterventionStarted": "2016-08-25T16:50:00.000Z",
    "InterventionFinished": "2016-08-25T18:25:00.000Z",
    "TicketUpdated": "2016-08-25T15:30:04.000Z",
    "TicketClosed": "2016-08-25T18:50:00.000Z",
    "TicketReopened": "2016-08-26T05:40:00.000Z",
    "TicketEventInformationsCorrected": "2016-08-18T14:40:51.000Z",
}


def sample(name: str) -> TicketEvent:
    return parse_event((CONTRACT / "examples" / f"event.{name}.json").read_bytes())


def entry(each: TicketEvent, directory: Directory = DIRECTORY) -> dict[str, Any]:
    written = journal_entry(each, directory)
    assert written is not None
    if isinstance(each, MessageAdded):
        written += json.dumps(each.message).encode() + b"}}"
    line: dict[str, Any] = json.loads(written)
    return line


@pytest.mark.parametrize("name", [name for name in EVENTS if name != "TicketOpened"])
def test_an_entry_says_what_the_contract_says_of_its_event(name: str) -> None:
    line = entry(sample(name))
    assert line == {"eventName": name, "date": line["date"], "data": DATA.get(name, {})}


@pytest.mark.parametrize("name", DATES)
def test_an_entry_is_dated_by_its_business_date_in_utc(name: str) -> None:
    assert entry(sample(name))["date"] == DATES[name]


def test_the_opening_is_not_listed() -> None:
    assert journal_entry(opened(), DIRECTORY) is None


@pytest.mark.parametrize(
    ("recipient", "called"),
    [
        ({"provider": REFERENCED, "personaType": "ProviderPersona"}, "Froid Dubrulle"),
        ({"provider": ANONYMOUS, "personaType": "ProviderPersona"}, "Mr Provider"),
        ({"provider": STRANGER, "personaType": "ProviderPersona"}, None),
        (
            {
                "name": {"firstName": "Jean", "lastName": "Carpentier", "nameType": "CivilName"},
                "status": "gardien",
                "personaType": "UnClassifiedPersona",
            },
            "Jean Carpentier",
        ),
    ],
)
def test_a_call_names_the_person_called_unless_unknown(recipient: dict[str, Any], called: str | None) -> None:
    call = event("CallEmittedTo", recipient=recipient, medium=PHONE, date="2016-05-26T08:18:30.000Z")
    rest = {"medium": "PHONE", "identifier": "0146304312"}
    assert entry(call)["data"] == (rest if called is None else {"called": called} | rest)


def test_an_unknown_provider_is_left_out() -> None:
    assigned = event(
        "ProviderAssigned",
        provider=STRANGER,
        purpose={"purpose": "Sous contrat", "providerAssignationPurposeType": "Purpose"},
        date="2016-05-26T08:18:30.000Z",
    )
    assert entry(assigned)["data"] == {"type": "ProviderAssigned"}
    assert entry(sample("ArrivedOnSite"), Directory())["data"] == {}


@pytest.mark.parametrize("name", EVENTS)
def test_the_provider_shown_is_the_one_whose_name_makes_another_entry(name: str) -> None:
    each = sample(name)
    renamed = {uid: entry.model_copy(update={"name": "Another"}) for uid, entry in DIRECTORY.providers.items()}
    follows = journal_entry(each, DIRECTORY) != journal_entry(each, replace(DIRECTORY, providers=renamed))
    assert provider_shown(each) == (PROVIDER if follows else None)


def test_unknown_providers_and_providers_outside_the_directory_differ() -> None:
    date = "2016-05-26T12:00:00Z"
    stranger = event("MissionAccepted", 2, provider=STRANGER, comment="", date=date)
    anonymous = event("MissionAccepted", 2, provider=ANONYMOUS, comment="", date=date)
    assert (provider_shown(stranger), provider_shown(anonymous)) == (UNKNOWN, None)
