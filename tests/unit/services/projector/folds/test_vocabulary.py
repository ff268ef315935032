"""The number of distinct words by which a ticket is found, in all its documents together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.projector.folds.documents import Document, journal_document, ticket_document
from services.projector.folds.search import SEARCHED_BYTES
from services.projector.folds.table import fold
from services.projector.folds.ticket_state import TicketState, freeze, thaw
from services.projector.folds.vocabulary import MOST_WORDS
from shared.contract import MessageAdded, TicketEvent
from shared.directory.entries import updated as changed
from shared.text import INDEXED_LETTERS
from tests.unit.services.projector.folds.story import (
    AGENCY,
    DIRECTORY,
    TICKET_INFOS,
    after,
    event,
    opened,
    updated,
)

SQUARE = "\u3300"
"""A character that becomes five when it is folded."""


def numbered(first: int, end: int) -> str:
    return " ".join(f"mot{number}" for number in range(first, end))


def said(text: str, number: int) -> MessageAdded:
    made = event("MessageAdded", number, message=text, messageAddedDate="2016-05-27T00:10:00.000Z")
    assert isinstance(made, MessageAdded)
    return made


def shown(events: Iterable[TicketEvent]) -> list[Document]:
    """Return the documents of a ticket after its last event: its own, and those of its journal."""
    state: TicketState | None = None
    journal = []
    for version, each in enumerate(events, start=1):
        state = fold(state and thaw(freeze(state)), each, version)
        journal.append(journal_document(state, each, b"", DIRECTORY))
    assert state is not None
    return [ticket_document(state, DIRECTORY), *journal]


def found(documents: Iterable[Document]) -> set[str]:
    return {word for document in documents for word in document.get("words", ())}


def missing(documents: Sequence[Document], first: int, end: int) -> set[str]:
    return set(numbered(first, end).split()) - found(documents)


def padded(text: str) -> str:
    """Return a text that is too long for the ticket's state and has one word only."""
    return f"{text} " + "mot0 " * 4_000


def test_a_ticket_with_2000_different_words_is_found_by_all_of_them() -> None:
    alone = len(found(shown([opened(request="")])))
    texts = [numbered(0, 900), padded(numbered(500, 1_400)), padded(numbered(1_000, MOST_WORDS - alone))]
    documents = shown([opened(request=texts[0]), said(texts[1], 2), said(texts[2], 3)])
    assert "words" in documents[2]
    assert "words" in documents[3]
    assert not missing(documents, 0, MOST_WORDS - alone)
    assert len(found(documents)) == MOST_WORDS


def test_of_a_ticket_with_more_the_first_2000_are_found() -> None:
    (document, _) = shown([opened(request=numbered(0, 30_000), address=TICKET_INFOS["address"] | {"city": "LILLE"})])
    assert len(document["words"]) == MOST_WORDS
    assert {"lille", "mot0", "mot1900"} <= set(document["words"])
    assert not missing([document], 0, 1_900)
    (request,) = (text for text in document["texts"] if text.startswith("mot0 "))
    assert set(request.split()) <= set(document["words"])
    assert not request.endswith("mot29999")


def test_what_the_ticket_was_found_by_goes_before_later_commentaries() -> None:
    opening = opened(request=numbered(0, 1_500))
    documents = shown([opening, *(said(padded(numbered(n * 1_000, n * 1_000 + 900)), n) for n in range(2, 7))])
    assert not missing(documents, 0, 1_500)
    assert not missing(documents, 2_000, 2_300)
    assert missing(documents, 4_000, 4_900)
    names = {"my", "agency"}  # words of the directory, which are in no event, come last
    assert found(documents[:1]) == found(shown([opening])) - names
    assert len(found(documents)) == MOST_WORDS


def test_a_commentary_of_words_that_the_ticket_has_is_found_by_all_of_them() -> None:
    documents = shown([opened(request=numbered(0, 5_000)), said(padded(numbered(10, 20) + " nouveau"), 2)])
    assert set(documents[2]["words"]) == set(numbered(10, 20).split())
    assert documents[2]["texts"] == [numbered(10, 20)]


@pytest.mark.parametrize("later", [updated(request=numbered(10_000, 20_000)), updated(request="mot10000")])
def test_what_is_written_later_has_the_room_that_is_left(later: TicketEvent) -> None:
    documents = shown([opened(request=numbered(0, 1_000)), said(padded(numbered(1_000, 1_500)), 2), later])
    assert "mot10000" in documents[0]["words"]
    assert len(found(documents)) <= MOST_WORDS


def test_names_of_the_directory_count_as_well() -> None:
    state = after(opened(request=numbered(0, 1_000)), said(padded(numbered(1_000, 5_000)), 2))
    renamed = DIRECTORY.agencies[AGENCY].model_copy(update={"label": numbered(7_000, 9_000)})
    document = ticket_document(state, changed(DIRECTORY, [renamed]))
    of_commentary = journal_document(state, said(padded(numbered(1_000, 5_000)), 2), b"", DIRECTORY)
    assert len(found([document, of_commentary])) <= MOST_WORDS


def test_the_index_holds_the_first_letters_of_a_word() -> None:
    (document, _) = shown([opened(request="x" * 1_000 + " fin")])
    assert "x" * INDEXED_LETTERS in document["words"]
    assert "x" * 1_000 + " fin" in document["texts"]
    assert max(map(len, document["words"])) == INDEXED_LETTERS


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ufdfa" * 78_000, id="letters that become eighteen"),
        pytest.param(SQUARE * 78_000, id="one word of letters that become five"),
        pytest.param("a\u0315\u0300" * 60_000, id="disordered marks"),
        pytest.param(numbered(0, 30_000), id="different words"),
        pytest.param(
            " ".join(f"{chr(0x4E00 + number % 20_000)}{number:x}" for number in range(30_000)), id="short words"
        ),
        pytest.param("-".join(map(chr, range(0x20000, 0x20000 + 48_000))), id="letters of four bytes"),
    ],
)
@pytest.mark.parametrize("place", ["request", "city", "callPurposeLabel", "additionalData"])
def test_documents_are_at_most_a_few_times_the_size_of_the_events(place: str, text: str) -> None:
    opening = opened(**_at(place, text))
    state = after(opening)
    for document in (ticket_document(state, DIRECTORY), journal_document(state, opening, b"", DIRECTORY)):
        assert sum(_size(value) for value in document.values()) < 4 * len(text.encode()) + 3 * SEARCHED_BYTES
        assert max((len(word.encode()) for word in document.get("words", ())), default=0) <= 4 * INDEXED_LETTERS
        assert len(document.get("town", "").encode()) <= 4 * INDEXED_LETTERS
        assert len(document.get("purpose", "").encode()) <= 4 * INDEXED_LETTERS


def test_a_state_keeps_a_bounded_vocabulary() -> None:
    state = after(opened(request=numbered(0, 20_000)), *(said(numbered(n * 5_000, 20_000), n) for n in range(2, 6)))
    assert len(freeze(replace(state, content=after(opened()).content))) < 64_000


def _at(place: str, text: str) -> dict[str, Any]:
    if place == "city":
        return {"address": TICKET_INFOS["address"] | {"city": text}}
    return {place: {"key": text} if place == "additionalData" else text}


def _size(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value.encode() if isinstance(value, str) else value) if isinstance(value, str | bytes) else 8
