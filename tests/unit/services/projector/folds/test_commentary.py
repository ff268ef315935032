"""The journal document of a commentary, and the update of its correction."""

import json
from dataclasses import replace

import pytest

from services.projector.folds.commentary import (
    REMEMBERED_BYTES,
    commentary,
    correction,
    may_correct,
    remembered,
    remembering,
)
from services.projector.folds.documents import ticket_document
from services.projector.folds.journal_entry import journal_entry
from services.projector.folds.ticket_state import TicketState
from shared.contract import MessageAdded, TicketEvent, TicketEventInformationsCorrected, parse_event
from tests.support.data.contract_examples import example
from tests.unit.services.projector.folds.story import DIRECTORY, TICKET, after, event, follow, opened, process_uid

TEXT = 'Chambre "froide" n°\u00a02\nvidée \x00'
PROCESS = process_uid(7)
LONG = "mot " * (REMEMBERED_BYTES // 4)


CALLS = ("CallEmittedTo", "CallReceived")


def call(event_type: str = "CallReceived") -> TicketEvent:
    """Return a call with the processUid that corrections name."""
    return parse_event(
        json.dumps(example("event", event_type) | {"aggregateUid": TICKET, "processUid": PROCESS}).encode()
    )


def message(text: str = TEXT, number: int = 7) -> MessageAdded:
    made = event("MessageAdded", number, message=text, messageAddedDate="2016-05-27T00:10:00.000+02:00")
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
    """Return a ticket whose state contains these texts, by processUid."""
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
    assert remembering(ticket(other="ete"), message()).commentaries == {
        "other": "ete",
        PROCESS: "chambre froide n 2 videe",
    }
    assert set(commentary(message(), ticket(**{PROCESS: "chambre"}))) == {"process", "commentary", "message"}


def test_a_commentary_without_room_is_found_by_its_own_document() -> None:
    state = remembering(ticket(other="ete"), message(LONG + TEXT))
    assert state.commentaries == {"other": "ete"}
    kept = commentary(message(LONG + TEXT), state)
    assert kept["process"] == "00000000-0000-4000-8000-000000000007"
    assert kept["words"] == ["mot", "chambre", "froide", "n", "2", "videe"]
    assert kept["texts"] == [f"{LONG}chambre froide n 2 videe"]


def test_what_names_the_commentaries_takes_room_too() -> None:
    known = {f"{number:036}": "" for number in range(REMEMBERED_BYTES // 36)}
    assert PROCESS not in remembered(known, PROCESS, "")
    assert PROCESS in remembered(dict(list(known.items())[2:]), PROCESS, "")


def test_a_correction_takes_the_place_of_the_text_and_of_its_words() -> None:
    assert remembering(ticket(**{PROCESS: "chambre"}), corrected("Été, vide")).commentaries == {PROCESS: "ete vide"}
    assert correction(corrected("Été, vide"), ticket(**{PROCESS: "ete vide"})) == {
        "$set": {"message": '"Été, vide"'.encode()},
    }


def test_a_correction_that_does_not_fit_is_found_by_the_commentary_s_document() -> None:
    event = corrected(f"Été {LONG}")
    state = remembering(ticket(**{PROCESS: "chambre", "other": "ete"}), event)
    assert state.commentaries == {"other": "ete"}
    assert correction(event, state) == {
        "$set": {
            "message": f'"Été {LONG}"'.encode(),
            "words": ["ete", "mot"],
            "texts": [f"ete {LONG}".strip()],
        }
    }


def test_a_commentary_that_was_not_remembered_stays_with_its_document_when_it_is_corrected() -> None:
    long = after(opened("2016-05-26T10:00:00.000Z"), message(LONG))
    state = follow(long, [corrected("Été")])
    assert (state.commentaries, state.commented > long.commented) == ({}, True)
    assert correction(corrected("Été"), state) == {
        "$set": {"message": '"Été"'.encode(), "words": ["ete"], "texts": ["ete"]}
    }


@pytest.mark.parametrize("calling", CALLS)
@pytest.mark.parametrize("before", [[], [message(number=8)]])
def test_the_correction_of_a_call_changes_nothing_while_all_commentaries_are_remembered(
    calling: str, before: list[TicketEvent]
) -> None:
    state = after(opened("2016-05-26T10:00:00.000Z"), *before, call(calling))
    assert not may_correct(corrected("Été"), state)
    behind = follow(state, [corrected("Été")])
    assert (behind.commentaries, behind.commented) == (state.commentaries, state.commented)
    assert ticket_document(behind, DIRECTORY)["texts"] == ticket_document(state, DIRECTORY)["texts"]


def test_the_correction_of_a_call_is_not_kept_after_a_commentary_without_room() -> None:
    state = after(opened("2016-05-26T10:00:00.000Z"), message(LONG, 8), call(), corrected("Été"))
    assert state.commentaries == {}
    assert "ete" not in ticket_document(state, DIRECTORY)["words"]


def test_a_correction_makes_room_before_it_takes_it() -> None:
    almost = LONG[: -2 * len(PROCESS)].strip()
    assert remembered({PROCESS: almost}, PROCESS, almost) == {PROCESS: almost}
