"""Which counters a ticket occupies, and how they change when it does."""

from typing import Any

import pytest

from services.projector.folds.documents import ticket_document
from services.projector.folds.stats import Cell, cells, delta
from services.projector.folds.table import fold
from shared.contract import TicketEvent
from tests.unit.services.projector.folds.story import (
    AGENCY,
    AT_OTHER_AGENCY,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    after,
    event,
    opened,
    updated,
)

NOON = "2016-05-26T10:00:00.000Z"


def document(*events: TicketEvent) -> dict[str, Any]:
    return ticket_document(after(*events), DIRECTORY)


def change(before: TicketEvent, event_after: TicketEvent) -> dict[Cell, int]:
    """Tell how the counters change when an event follows an opening."""
    state = after(before)
    then = fold(state, event_after, 2)
    return delta(cells(ticket_document(state, DIRECTORY)), cells(ticket_document(then, DIRECTORY)))


def test_a_new_ticket_is_counted_once_in_each_dimension() -> None:
    infos = {
        "address": {"street": "1 rue", "zipCode": "42000", "city": " SAINT-ÉTIENNE "},
        "callPurposeLabel": "Fuite d'eau — Été",
    }
    assert delta(cells(None), cells(document(opened(NOON, **infos)))) == {
        Cell("2016-05", "none", "", "26", "OPENED"): 1,
        Cell("2016-05", "agencies", AGENCY, "26", "OPENED"): 1,
        Cell("2016-05", "town", "saint-etienne", "26", "OPENED"): 1,
        Cell("2016-05", "purpose", "fuite d'eau — ete", "26", "OPENED"): 1,
    }


def test_the_agencies_of_a_patrimony_are_one_value_whatever_their_order() -> None:
    ticket = document(opened(NOON), updated(NOON, AT_SHARED_PATRIMONY))
    assert ticket["agencies"] == [OTHER_AGENCY, AGENCY]
    assert Cell("2016-05", "agencies", f"{AGENCY},{OTHER_AGENCY}", "26", "OPENED") in cells(ticket)


@pytest.mark.parametrize(
    ("created", "month", "day"),
    [
        pytest.param("2016-05-31T21:59:59.999Z", "2016-05", "31", id="the last instant of a month in summer time"),
        pytest.param("2016-05-31T22:00:00.000Z", "2016-06", "01", id="the first instant of the next month"),
        pytest.param("2016-12-31T22:59:59.999Z", "2016-12", "31", id="the last instant of a year in winter time"),
        pytest.param("2016-12-31T23:00:00.000Z", "2017-01", "01", id="the first instant of the next year"),
    ],
)
def test_a_ticket_is_counted_on_its_day_of_europe_paris(created: str, month: str, day: str) -> None:
    assert Cell(month, "none", "", day, "OPENED") in cells(document(opened(created)))


def test_closing_moves_a_ticket_to_the_closed_counters() -> None:
    moved = change(opened(NOON), event("TicketArchived", closingDate="2016-05-27T10:00:00.000Z"))
    assert moved == {
        Cell("2016-05", dimension, value, "26", status): sign
        for dimension, value in {
            "none": "",
            "agencies": AGENCY,
            "town": "tourcoing",
            "purpose": "frigoriste",
        }.items()
        for status, sign in {"OPENED": -1, "CLOSED": 1}.items()
    }


def test_moving_a_ticket_moves_only_the_counters_of_what_changed() -> None:
    assert change(opened(NOON), updated(NOON, AT_OTHER_AGENCY)) == {
        Cell("2016-05", "agencies", AGENCY, "26", "OPENED"): -1,
        Cell("2016-05", "agencies", OTHER_AGENCY, "26", "OPENED"): 1,
    }


def test_another_opening_date_moves_every_counter() -> None:
    moved = change(opened(NOON), updated("2016-06-01T10:00:00.000Z"))
    assert len(moved) == 8
    assert moved[Cell("2016-05", "none", "", "26", "OPENED")] == -1
    assert moved[Cell("2016-06", "none", "", "01", "OPENED")] == 1


def test_an_event_that_changes_no_dimension_changes_no_counter() -> None:
    message = event("MessageAdded", message="un", messageAddedDate=NOON)
    assert change(opened(NOON), message) == {}
    other_case = {"city": "TOURCOING", "street": "12 rue de Gand", "zipCode": "59200"}
    assert change(opened(NOON), updated(NOON, address=other_case)) == {}
