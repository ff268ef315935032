"""What the journal keeps of a commentary, and of its correction."""

import json
from dataclasses import replace

from services.projector.folds.commentary import REMEMBERED_BYTES, commentary, correction, remembered
from services.projector.folds.journal import journal_entry
from services.projector.folds.state import TicketState
from shared.contract import MessageAdded, TicketEventInformationsCorrected
from tests.unit.services.projector.folds.story import DIRECTORY, after, event, opened, process_uid

TEXT = 'Chambre "froide" n°\u00a02\nvidée \x00'
PROCESS = process_uid(7)
LONG = "mot " * (REMEMBERED_BYTES // 4)


def message(text: str = TEXT) -> MessageAdded:
    made = event("MessageAdded", 7, message=text, messageAddedDate="2016-05-27T00:10:00.000+02:00")
    assert isinstance(made, MessageAdded)
    return made


def corrected(text: str) -> TicketEventInformationsCorrected:
    made = event(
        "TicketEventInformationsCorrected",
        9,
        targetedEvent=PROCESS,
        text=text,
        date="2016-05-27T12:00:00.000Z",
    )
    assert isinstance(made, TicketEventInformationsCorrected)
    return made


def ticket(**commentaries: str) -> TicketState:
    """Give a ticket that remembers these texts, by processUid."""
    return replace(after(opened("2016-05-26T10:00:00.000Z")), commentaries=commentaries)


def test_the_export_and_the_journal_are_put_together_around_the_message() -> None:
    kept = commentary(message(), ticket(**{PROCESS: "chambre"}))
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


def test_a_ticket_remembers_the_folded_texts_of_its_commentaries() -> None:
    assert remembered({"other": "ete"}, message()) == {"other": "ete", PROCESS: "chambre froide n 2 videe"}
    assert set(commentary(message(), ticket(**{PROCESS: "chambre"}))) == {"process", "commentary", "message"}


def test_one_that_does_not_fit_is_found_by_its_own_document() -> None:
    assert remembered({"other": "ete"}, message(LONG)) == {"other": "ete"}
    kept = commentary(message(), ticket(other="ete"))
    assert kept["process"] == "00000000-0000-4000-8000-000000000007"
    assert kept["words"] == ["chambre", "froide", "n", "2", "videe"]
    assert kept["texts"] == ["chambre froide n 2 videe"]


def test_what_names_the_commentaries_takes_room_too() -> None:
    known = {f"{number:036}": "" for number in range(REMEMBERED_BYTES // 36)}
    assert PROCESS not in remembered(known, message(""))
    assert PROCESS in remembered(dict(list(known.items())[2:]), message(""))


def test_a_correction_takes_the_place_of_the_text_and_of_its_words() -> None:
    assert remembered({PROCESS: "chambre"}, corrected("Été, vide")) == {PROCESS: "ete vide"}
    assert correction(corrected("Été, vide"), ticket(**{PROCESS: "ete vide"})) == {
        "$set": {"message": '"Été, vide"'.encode()},
        "$unset": {"words": "", "texts": ""},
    }


def test_a_correction_that_does_not_fit_is_found_by_the_commentary_s_document() -> None:
    assert remembered({PROCESS: "chambre", "other": "ete"}, corrected(LONG)) == {"other": "ete"}
    assert correction(corrected("Été, vide"), ticket(other="ete")) == {
        "$set": {"message": '"Été, vide"'.encode(), "words": ["ete", "vide"], "texts": ["ete vide"]}
    }


def test_a_correction_makes_room_before_it_takes_it() -> None:
    almost = LONG[: -2 * len(PROCESS)].strip()
    assert remembered({PROCESS: almost}, corrected(almost)) == {PROCESS: almost}
