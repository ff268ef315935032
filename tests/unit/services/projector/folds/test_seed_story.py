"""The ticket of the contract's examples, from its opening to its closing."""

import json
from typing import Any

from pydantic import TypeAdapter

from services.projector.folds.documents import journal_document, ticket_document
from services.projector.folds.table import fold
from shared.contract import DetailedTicketView, TicketEvent, TicketQueryView, dump
from tests.contract.shapes import CONTRACT
from tests.unit.services.projector.folds.story import ANONYMOUS, AT_PATRIMONY, DIRECTORY, PHONE, event

INFOS = {
    "caller": {
        "name": {"value": "john Doe", "nameType": "PoorName"},
        "medium": {"phone": "0601020304", "contactMediumType": "Phone"},
        "callerType": "HumanCaller",
    },
    "claimNumber": {"clientClaimNumber": "REF20160526"},
    "address": {
        "street": "8 rue des batignolles",
        "complement": "Batiment C",
        "zipCode": "75001",
        "city": "PARIS",
    },
    "request": "water leak in my apartment",
    "callPurposeLabel": "Chauffage  / Chauffage HS",
    "altCallPurpose": {},
    "additionalData": {
        "localisation_urgence": "Cet incident a été détecté comme urgent",
        "tel_contact": "0141221835",
        "degres_urgence": "Cet incident a été détecté comme étant situé dans les parties communes",
        "nom_contact": "Godo",
        "reponse_urgence": (
            "Nous déclenchons une intervention auprès d'un prestataire spécialisé. Nous vous recontactons rapidement "
            "afin de vous préciser le nom du prestataire et l'heure d'intervention prévisionnelle"
        ),
    },
}
STORY: list[TicketEvent] = [
    event(
        "TicketOpened",
        1,
        locationRef=AT_PATRIMONY,
        ticket=INFOS | {"request": "leak"},
        openedDate="2016-05-26T10:14:44+02:00",
        sentDate="2016-05-26T08:14:45.000Z",
    ),
    event(
        "TicketUpdated",
        2,
        locationRef=AT_PATRIMONY,
        ticket=INFOS,
        openedDate="2016-05-26T10:14:44+02:00",
        sentDate="2016-05-26T08:16:06.000Z",
    ),
    event("InterventionFinished", 3, provider=ANONYMOUS, finishedDate="2016-05-26T10:18:00.000+02:00"),
    event(
        "CallEmittedTo",
        4,
        recipient={"provider": ANONYMOUS, "personaType": "ProviderPersona"},
        medium=PHONE,
        date="2016-05-26T10:18:30.000+02:00",
    ),
    event("TicketClosed", 5, provider=ANONYMOUS, stillOnSite="NA", closingDate="2016-05-26T10:18:52.000+02:00"),
]


def sample(name: str) -> Any:
    return json.loads((CONTRACT / "examples" / name).read_text())


def describe() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Fold the story; return the documents of the ticket and of its journal."""
    state, journal = None, []
    for version, each in enumerate(STORY, start=1):
        state = fold(state, each, version)
        journal.append(journal_document(state, each, dump(each), DIRECTORY))
    assert state is not None
    return ticket_document(state, DIRECTORY), journal


def test_the_detail_is_that_of_the_sample() -> None:
    ticket, journal = describe()
    entries = [json.loads(line["entry"]) for line in journal if line["entry"] is not None]
    days = [{"day": "2016-05-26", "events": entries}]
    detail = json.loads(ticket["head"]) | {"journal": days}
    assert {line["day"] for line in journal} == {"2016-05-26"}
    assert detail == sample("view.detail.json")
    assert (detail["callCenterReactionTime"], detail["interventionResponseTime"]) == (82_000, 196_000)
    TypeAdapter(DetailedTicketView).validate_python(detail)


def test_the_list_item_is_that_of_the_sample() -> None:
    ticket, _ = describe()
    expected = sample("view.list.json")["result"][0]
    expected["caller"]["name"] = "john Doe"  # the two samples spell the caller differently
    assert json.loads(ticket["item"]) == expected
    TypeAdapter(TicketQueryView).validate_json(ticket["item"])
