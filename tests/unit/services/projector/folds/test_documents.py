"""The documents of the view collections."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.projector.folds.documents import journal_document, ticket_document
from services.projector.folds.render import place_of, render
from services.projector.folds.ticket_state import CannotApply, freeze
from shared.clock import instant
from shared.read_model.local_days import local_day
from tests.unit.services.projector.folds.story import (
    AGENCY,
    ANONYMOUS,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    PROVIDER,
    REFERENCED,
    SHARED_PATRIMONY,
    TICKET,
    after,
    event,
    opened,
    updated,
)

WORDS = (
    "my agency froid dubrulle 0199004512 astreinte example frigoriste automatoncaller 12 rue de gand 59200 tourcoing "
    "vitrine en panne"
)
TEXTS = [
    "my agency",
    "froid dubrulle",
    "0199004512",
    "astreinte dubrulle example",
    "frigoriste",
    "automatoncaller",
    "12 rue de gand",
    "59200",
    "tourcoing",
    "vitrine en panne",
]
ARRIVED = event("ArrivedOnSite", provider=REFERENCED, date="2016-05-27T00:30:00.000+02:00")


def test_a_ticket_is_stored_with_its_filter_fields_views_and_state() -> None:
    state = after(opened("2016-05-26T22:15:00.000Z"), ARRIVED)
    rendered = render(state, DIRECTORY, place_of(state, DIRECTORY))
    assert ticket_document(state, DIRECTORY) == {
        "_id": TICKET,
        "version": 2,
        "created": datetime(2016, 5, 26, 22, 15, tzinfo=UTC),
        "day": "2016-05-27",
        "status": "OPENED",
        "commented": 0,
        "agencies": [AGENCY],
        "town": "tourcoing",
        "purpose": "frigoriste",
        "provider": PROVIDER,
        "words": WORDS.split(),
        "texts": TEXTS,
        "item": rendered.item,
        "head": rendered.head,
        "export": rendered.export,
        "state": freeze(state),
    }


def test_a_closed_ticket_has_the_local_day_of_the_closing_that_it_shows() -> None:
    """The first closing is after midnight in Paris. The second one is of a closed ticket, and so changes nothing."""
    cancelled = event("TicketCancelled", 2, date="2016-05-26T22:30:00.000Z")
    closing = {"brakedownNature": "x", "stillOnSite": "NA", "closingDate": "2016-05-27T23:00:00.000Z"}
    closed = event("TicketClosed", 3, **closing)
    reopened = event("TicketReopened", 4, date="2016-05-29T10:00:00.000Z")
    archived = event("TicketArchived", 5, closingDate="2016-05-30T10:00:00.000Z")
    told = [opened(), cancelled, closed, reopened, archived]
    documents = [ticket_document(after(*told[:number]), DIRECTORY) for number in range(1, 6)]
    assert [document.get("closed") for document in documents] == [None, "2016-05-27", "2016-05-27", None, "2016-05-30"]
    assert [document["status"] for document in documents] == ["OPENED", "CLOSED", "CLOSED", "OPENED", "CLOSED"]
    for document in documents:
        shown = json.loads(document["head"]).get("closed")
        assert document.get("closed", ...) == (local_day(instant(shown)).isoformat() if shown else ...)


def test_a_ticket_that_is_closed_when_the_content_changes_stays_closed_on_its_day() -> None:
    cancelled = event("TicketCancelled", 2, date="2016-05-26T09:00:00.000Z")
    document = ticket_document(after(opened(), cancelled, updated(), ARRIVED), DIRECTORY)
    assert (document["status"], document["closed"]) == ("CLOSED", "2016-05-26")


def test_a_ticket_of_a_patrimony_names_it_and_an_anonymous_provider_has_no_uid() -> None:
    gone = event("GoneFromSite", provider=ANONYMOUS, date="2016-05-27T00:30:00.000+02:00")
    document = ticket_document(after(opened(), updated(location=AT_SHARED_PATRIMONY), ARRIVED, gone), DIRECTORY)
    assert (document["patrimony"], document["agencies"]) == (SHARED_PATRIMONY, [OTHER_AGENCY, AGENCY])
    assert "provider" not in document


def test_an_event_is_stored_with_its_dates_its_place_its_entry_and_its_own_bytes() -> None:
    state = after(opened(), updated(location=AT_SHARED_PATRIMONY), ARRIVED)
    document = journal_document(state, ARRIVED, b"as published", DIRECTORY)
    entry = json.loads(document.pop("entry"))
    assert entry == {
        "eventName": "ArrivedOnSite",
        "date": "2016-05-26T22:30:00.000Z",
        "data": {"provider": "Froid Dubrulle"},
    }
    assert document == {
        "_id": f"{TICKET}:3",
        "ticket": TICKET,
        "version": 3,
        "agencies": [OTHER_AGENCY, AGENCY],
        "patrimony": SHARED_PATRIMONY,
        "sent": datetime(2016, 5, 26, 23, 0, tzinfo=UTC),
        "date": datetime(2016, 5, 26, 22, 30, tzinfo=UTC),
        "day": "2016-05-27",
        "provider": PROVIDER,
        "event": b"as published",
    }


def test_the_opening_is_stored_without_an_entry() -> None:
    document = journal_document(after(opened()), opened(), b"as published", DIRECTORY)
    assert document["entry"] is None
    assert "patrimony" not in document


def test_a_ticket_whose_agency_is_unknown_has_no_document() -> None:
    with pytest.raises(CannotApply, match=AGENCY):
        ticket_document(after(opened()), replace(DIRECTORY, agencies={}))
