"""What the journal keeps of a commentary, and of its correction."""

import json

from services.projector.folds.commentary import commentary, text_of
from services.projector.folds.journal import journal_entry
from shared.contract import MessageAdded, TicketEventInformationsCorrected
from tests.unit.services.projector.folds.story import DIRECTORY, event, process_uid

TEXT = 'Chambre "froide" n°\u00a02\nvidée \x00'


def message(text: str = TEXT) -> MessageAdded:
    made = event("MessageAdded", 7, message=text, messageAddedDate="2016-05-27T00:10:00.000+02:00")
    assert isinstance(made, MessageAdded)
    return made


def correction(text: str) -> TicketEventInformationsCorrected:
    made = event(
        "TicketEventInformationsCorrected",
        9,
        targetedEvent=process_uid(7),
        text=text,
        date="2016-05-27T12:00:00.000Z",
    )
    assert isinstance(made, TicketEventInformationsCorrected)
    return made


def test_a_commentary_is_found_by_its_process_and_its_words() -> None:
    kept = commentary(message())
    assert kept["process"] == "00000000-0000-4000-8000-000000000007"
    assert kept["words"] == ["chambre", "froide", "n", "2", "videe"]
    assert kept["texts"] == ["chambre froide n 2 videe"]


def test_the_export_and_the_journal_are_put_together_around_the_message() -> None:
    kept = commentary(message())
    assert json.loads(kept["commentary"] + kept["message"] + b"}") == {
        "date": "2016-05-26T22:10:00.000Z",
        "message": TEXT,
    }
    entry = journal_entry(message(), DIRECTORY)
    assert entry is not None
    assert json.loads(entry + kept["message"] + b"}}") == {
        "eventName": "MessageAdded",
        "date": "2016-05-26T22:10:00.000Z",
        "data": {"message": TEXT},
    }


def test_a_correction_replaces_the_text_and_what_it_is_found_by_at_its_place_and_date() -> None:
    kept = commentary(message()) | text_of(correction("Été, vide"))
    assert kept == {
        "process": process_uid(7),
        "commentary": b'{"date":"2016-05-26T22:10:00.000Z","message":',
        "message": '"Été, vide"'.encode(),
        "words": ["ete", "vide"],
        "texts": ["ete vide"],
    }
