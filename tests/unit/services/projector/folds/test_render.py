"""The views of a ticket's content, location and provider."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.projector.folds.render import place_of, render
from services.projector.folds.ticket_state import CannotApply
from shared.contract import DetailedTicketView, TicketQueryView
from shared.directory.entries import Directory
from tests.unit.services.projector.folds.story import (
    AGENCY,
    ANONYMOUS,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    PROVIDER,
    REFERENCED,
    SHARED_PATRIMONY,
    STRANGER,
    TICKET,
    UNKNOWN,
    after,
    event,
    head,
    item,
    opened,
    updated,
)

CIVIL = {"gender": "Male", "firstName": "Raymond", "lastName": "Dubrulle", "nameType": "CivilName"}


@pytest.mark.parametrize(
    ("numbers", "ref"),
    [
        ({}, TICKET),
        ({"callCenterClaimNumber": "CC_1"}, "CC_1"),
        ({"clientClaimNumber": "2016", "callCenterClaimNumber": "CC_1"}, "2016"),
        ({"clientClaimNumber": "", "callCenterClaimNumber": "CC_1"}, "CC_1"),
        ({"clientClaimNumber": " \u00a0\t", "callCenterClaimNumber": " CC_1 "}, " CC_1 "),
        ({"clientClaimNumber": " ", "callCenterClaimNumber": "\u2003"}, TICKET),
    ],
)
def test_the_reference_is_the_first_claim_number_that_is_not_blank(numbers: dict[str, str], ref: str) -> None:
    assert item(after(opened(claimNumber=numbers)))["ref"] == ref


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        ("AutomatonCaller", {"name": "AutomatonCaller"}),
        ({"name": CIVIL, "callerType": "HumanCaller"}, {"name": "Raymond Dubrulle"}),
        (
            {
                "name": {"value": "Mme Lefèvre", "nameType": "PoorName"},
                "medium": {"mail": "lefevre@magasin.example", "contactMediumType": "Mail"},
                "comment": "Entrée B",
                "callerType": "HumanCaller",
            },
            {
                "name": "Mme Lefèvre",
                "medium": {"mediumType": "MAIL", "identifier": "lefevre@magasin.example"},
                "comment": "Entrée B",
            },
        ),
    ],
)
def test_the_caller_is_shown_with_the_comment_in_the_detail_alone(caller: Any, shown: dict[str, Any]) -> None:
    state = after(opened(caller=caller))
    assert head(state)["caller"] == shown
    assert item(state)["caller"] == {key: value for key, value in shown.items() if key != "comment"}


@pytest.mark.parametrize(
    ("medium", "shown"),
    [
        ({"phone": "01", "contactMediumType": "Phone"}, {"mediumType": "PHONE", "identifier": "01"}),
        ({"fax": "02", "contactMediumType": "Fax"}, {"mediumType": "FAX", "identifier": "02"}),
        ({"mail": "a@b.example", "contactMediumType": "Mail"}, {"mediumType": "MAIL", "identifier": "a@b.example"}),
        ({"phone": "06", "contactMediumType": "SMS"}, {"mediumType": "SMS", "identifier": "06"}),
    ],
)
def test_a_channel_is_shown_in_the_view_s_words(medium: dict[str, str], shown: dict[str, str]) -> None:
    caller = {"name": CIVIL, "medium": medium, "callerType": "HumanCaller"}
    assert item(after(opened(caller=caller)))["caller"]["medium"] == shown


def test_additional_data_is_shown_without_its_nulls() -> None:
    data = {"Code magasin": "FRPK98", "OS urgent": None, "vide": ""}
    assert head(after(opened(additionalData=data)))["additionalDataz"] == {"Code magasin": "FRPK98", "vide": ""}


def test_an_address_is_shown_as_received_without_what_it_lacks() -> None:
    address = {
        "quality": "Supermarché",
        "street": "12 rue de Gand",
        "recipientSupplement": {"floor": "RDC", "unit": None},
        "geographicalIdentificationSupplement": {},
        "zipCode": "59200",
        "city": "TOURCOING",
    }
    assert item(after(opened(address=address)))["address"] == {
        "quality": "Supermarché",
        "street": "12 rue de Gand",
        "recipientIdentificationSupplement": {"floor": "RDC"},
        "geographicalIdentificationSupplement": {},
        "zipCode": "59200",
        "city": "TOURCOING",
    }


def test_a_patrimony_is_shown_with_its_agencies_in_the_directory_s_order() -> None:
    view = item(after(opened(), updated(location=AT_SHARED_PATRIMONY)))
    assert view["agencies"] == [
        {"uid": OTHER_AGENCY, "name": "Agence du Nord"},
        {"uid": AGENCY, "name": "My Agency"},
    ]
    assert view["patrimony"] == {"uid": SHARED_PATRIMONY, "name": "ZER319"}


@pytest.mark.parametrize(
    ("provider", "shown"),
    [
        (
            REFERENCED,
            {
                "uid": PROVIDER,
                "name": "Froid Dubrulle",
                "phones": ["0199004512"],
                "fax": [],
                "emails": ["astreinte@dubrulle.example"],
            },
        ),
        (STRANGER, {"uid": UNKNOWN, "phones": [], "fax": [], "emails": []}),
        (ANONYMOUS, {"name": "Mr Provider", "phones": ["0146304312"], "fax": [], "emails": []}),
        (
            ANONYMOUS | {"name": CIVIL, "fax": ["02"]},
            {"name": "Raymond Dubrulle", "phones": ["0146304312"], "fax": ["02"], "emails": []},
        ),
    ],
)
def test_a_provider_is_shown_from_the_directory_if_referenced_else_from_the_event(
    provider: dict[str, Any], shown: dict[str, Any]
) -> None:
    arrived = event("ArrivedOnSite", provider=provider, date="2016-05-26T09:00:00.000Z")
    assert item(after(opened(), arrived))["provider"] == shown


def test_removed_entries_keep_their_names() -> None:
    directory = replace(
        DIRECTORY,
        agencies={uid: agency.model_copy(update={"removed": True}) for uid, agency in DIRECTORY.agencies.items()},
        providers={uid: known.model_copy(update={"removed": True}) for uid, known in DIRECTORY.providers.items()},
    )
    state = after(opened(), event("ArrivedOnSite", provider=REFERENCED, date="2016-05-26T09:00:00.000Z"))
    assert item(state, directory) == item(state)


@pytest.mark.parametrize(
    ("directory", "missing"),
    [
        (replace(DIRECTORY, agencies={}), OTHER_AGENCY),
        (replace(DIRECTORY, patrimonies={}), SHARED_PATRIMONY),
        (Directory(), SHARED_PATRIMONY),
    ],
)
def test_a_ticket_at_an_unknown_place_cannot_be_shown(directory: Directory, missing: str) -> None:
    with pytest.raises(CannotApply, match=f"{missing}, which is unknown$"):
        place_of(after(opened(), updated(location=AT_SHARED_PATRIMONY)), directory)


def test_item_and_head_are_the_contract_s_views() -> None:
    finished = event("InterventionFinished", provider=REFERENCED, finishedDate="2016-05-26T09:00:00.000Z")
    state = after(opened(instructions="Sonner"), finished)
    rendered = render(state, DIRECTORY, place_of(state, DIRECTORY))
    assert TicketQueryView.model_validate_json(rendered.item).provider is not None
    detail = json.loads(rendered.head)
    assert "journal" not in detail
    assert DetailedTicketView.model_validate_json(json.dumps(detail | {"journal": []})).repairTime is None
