"""The effect of a changed directory on stored documents, without Kafka and MongoDB."""

from dataclasses import replace

import pytest

from services.projector.folds.batch import Changes, stored_ticket
from services.projector.folds.day_counters import Cell
from services.projector.folds.directory_changes import show_entry_again, show_ticket_again
from services.projector.folds.documents import Document, journal_document, ticket_document
from services.projector.folds.ticket_state import CannotApply
from shared.contract import TicketEvent, dump
from shared.directory.entries import Agency, Directory
from tests.unit.services.projector.folds.story import (
    AGENCY,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    PROVIDER,
    REFERENCED,
    SHARED_PATRIMONY,
    TICKET,
    UNKNOWN,
    after,
    event,
    opened,
    updated,
)

ARRIVED = event("ArrivedOnSite", 3, provider=REFERENCED, date="2016-05-27T00:30:00.000+02:00")
EVENTS = (opened(), updated(location=AT_SHARED_PATRIMONY), ARRIVED)
ONE_AGENCY = replace(
    DIRECTORY,
    patrimonies={
        SHARED_PATRIMONY: DIRECTORY.patrimonies[SHARED_PATRIMONY].model_copy(update={"agencyUids": (AGENCY,)})
    },
)
RENAMED_AGENCY = replace(
    DIRECTORY, agencies={**DIRECTORY.agencies, AGENCY: Agency(uid=AGENCY, label="Ours", accountUid=UNKNOWN)}
)
RENAMED_PROVIDER = replace(
    DIRECTORY, providers={PROVIDER: DIRECTORY.providers[PROVIDER].model_copy(update={"name": "Chaud"})}
)


def stored(directory: Directory, *events: TicketEvent) -> Document:
    return ticket_document(after(*events), directory)


def line(directory: Directory) -> Document:
    return journal_document(after(*EVENTS), ARRIVED, dump(ARRIVED), directory)


def ticket_again(directory: Directory) -> Changes:
    changes = Changes()
    show_ticket_again(changes, 3, stored(DIRECTORY, *EVENTS), directory)
    return changes


@pytest.mark.parametrize("directory", [RENAMED_AGENCY, RENAMED_PROVIDER, ONE_AGENCY])
def test_a_ticket_becomes_what_it_would_be_if_it_were_projected_now(directory: Directory) -> None:
    changes = ticket_again(directory)
    assert changes.tickets == {TICKET: stored(directory, *EVENTS)}
    assert changes.known == {TICKET: stored_ticket(stored(directory, *EVENTS))}


@pytest.mark.parametrize("directory", [RENAMED_AGENCY, RENAMED_PROVIDER])
def test_other_names_move_and_count_nothing(directory: Directory) -> None:
    changes = ticket_again(directory)
    assert (changes.moved, +changes.counters, changes.journal) == ({}, {}, [])


def test_other_agencies_of_its_patrimony_move_a_ticket_and_its_journal_to_another_counter() -> None:
    changes = ticket_again(ONE_AGENCY)
    assert changes.moved == {TICKET: {"$set": {"agencies": [AGENCY], "patrimony": SHARED_PATRIMONY}}}
    assert changes.counters == {
        (3, Cell("agencies", AGENCY, "2016-05-26", "OPENED")): 1,
        (3, Cell("agencies", f"{AGENCY},{OTHER_AGENCY}", "2016-05-26", "OPENED")): -1,
    }


def test_what_does_not_differ_is_not_written() -> None:
    changes = ticket_again(DIRECTORY)
    show_entry_again(changes, line(DIRECTORY), DIRECTORY)
    assert not changes
    assert changes == Changes()


def test_a_ticket_of_an_unknown_agency_stays_unchanged() -> None:
    changes = Changes()
    with pytest.raises(CannotApply, match=AGENCY):
        show_ticket_again(changes, 3, stored(DIRECTORY, opened()), replace(DIRECTORY, agencies={}))
    assert changes == Changes()


def test_an_entry_becomes_what_it_would_be_if_it_were_projected_now() -> None:
    changes = Changes()
    show_entry_again(changes, line(DIRECTORY), RENAMED_PROVIDER)
    assert changes == Changes(entries={f"{TICKET}:3": line(RENAMED_PROVIDER)["entry"]})
    assert changes
