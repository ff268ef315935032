"""The counters of a ticket, and how they change with it."""

from typing import Any

import pytest

from services.projector.folds.day_counters import Cell, cells, delta, increments
from services.projector.folds.documents import ticket_document
from services.projector.folds.table import fold
from shared.contract import TicketEvent
from shared.read_model.counter_layout import Dimension, Place, first_fields
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
    """Return the changes of the counters when an event follows an opening."""
    state = after(before)
    then = fold(state, event_after, 2)
    return delta(cells(ticket_document(state, DIRECTORY)), cells(ticket_document(then, DIRECTORY)))


def test_a_new_ticket_is_counted_once_in_each_dimension() -> None:
    infos = {
        "address": {"street": "1 rue", "zipCode": "42000", "city": " SAINT-ÉTIENNE "},
        "callPurposeLabel": "Fuite d'eau — Été",
    }
    assert delta(cells(None), cells(document(opened(NOON, **infos)))) == {
        Cell("none", "", "2016-05-26", "OPENED"): 1,
        Cell("agencies", AGENCY, "2016-05-26", "OPENED"): 1,
        Cell("town", "saint etienne", "2016-05-26", "OPENED"): 1,
        Cell("purpose", "fuite d eau ete", "2016-05-26", "OPENED"): 1,
    }


def test_the_agencies_of_a_patrimony_are_one_value_in_any_order() -> None:
    ticket = document(opened(NOON), updated(NOON, AT_SHARED_PATRIMONY))
    assert ticket["agencies"] == [OTHER_AGENCY, AGENCY]
    assert Cell("agencies", f"{AGENCY},{OTHER_AGENCY}", "2016-05-26", "OPENED") in cells(ticket)


@pytest.mark.parametrize(
    ("created", "day"),
    [
        pytest.param("2016-05-31T21:59:59.999Z", "2016-05-31", id="the last instant of a month in summer time"),
        pytest.param("2016-05-31T22:00:00.000Z", "2016-06-01", id="the first instant of the next month"),
        pytest.param("2016-12-31T22:59:59.999Z", "2016-12-31", id="the last instant of a year in winter time"),
        pytest.param("2016-12-31T23:00:00.000Z", "2017-01-01", id="the first instant of the next year"),
    ],
)
def test_a_ticket_is_counted_on_its_day_of_europe_paris(created: str, day: str) -> None:
    assert Cell("none", "", day, "OPENED") in cells(document(opened(created)))


def test_closing_moves_a_ticket_to_the_closed_counters() -> None:
    moved = change(opened(NOON), event("TicketArchived", closingDate="2016-05-27T10:00:00.000Z"))
    values: dict[Dimension, str] = {"none": "", "agencies": AGENCY, "town": "tourcoing", "purpose": "frigoriste"}
    assert moved == {
        Cell(dimension, value, "2016-05-26", status): sign
        for dimension, value in values.items()
        for status, sign in {"OPENED": -1, "CLOSED": 1}.items()
    }


def test_moving_a_ticket_moves_only_the_counters_of_what_changed() -> None:
    assert change(opened(NOON), updated(NOON, AT_OTHER_AGENCY)) == {
        Cell("agencies", AGENCY, "2016-05-26", "OPENED"): -1,
        Cell("agencies", OTHER_AGENCY, "2016-05-26", "OPENED"): 1,
    }


def test_another_opening_date_moves_every_counter() -> None:
    moved = change(opened(NOON), updated("2016-06-01T10:00:00.000Z"))
    assert len(moved) == 8
    assert moved[Cell("none", "", "2016-05-26", "OPENED")] == -1
    assert moved[Cell("none", "", "2016-06-01", "OPENED")] == 1


def test_an_event_that_changes_no_dimension_changes_no_counter() -> None:
    message = event("MessageAdded", message="un", messageAddedDate=NOON)
    assert change(opened(NOON), message) == {}
    other_case = {"city": "TOURCOING", "street": "12 rue de Gand", "zipCode": "59200"}
    assert change(opened(NOON), updated(NOON, address=other_case)) == {}


def test_changes_of_one_year_partition_and_value_are_one_update() -> None:
    may, june, spring = (Cell("town", "nice", day, "OPENED") for day in ("2016-05-26", "2016-06-01", "2017-03-01"))
    closed = Cell("town", "nice", "2016-05-27", "CLOSED")
    assert increments({(3, may): 2, (3, closed): 1, (3, june): -1, (4, may): 5, (3, spring): 7, (5, may): 0}) == {
        Place(2016, 3, "town", "nice"): {
            "months.05.OPENED": 2,
            "months.05.days.26.OPENED": 2,
            "months.05.CLOSED": 1,
            "months.05.days.27.CLOSED": 1,
            "months.06.OPENED": -1,
            "months.06.days.01.OPENED": -1,
        },
        Place(2016, 4, "town", "nice"): {"months.05.OPENED": 5, "months.05.days.26.OPENED": 5},
        Place(2017, 3, "town", "nice"): {"months.03.OPENED": 7, "months.03.days.01.OPENED": 7},
    }


def test_a_month_is_the_sum_of_its_days() -> None:
    days = {(0, Cell("none", "", f"2016-05-{day}", "OPENED")): by for day, by in (("01", 3), ("02", 4), ("31", -1))}
    (fields,) = increments(days).values()
    assert fields["months.05.OPENED"] == 6


def test_an_agency_set_can_be_found_by_each_of_its_agencies() -> None:
    assert first_fields(Place(2016, 3, "agencies", f"{AGENCY},{OTHER_AGENCY}")) == {
        "dimension": "agencies",
        "value": f"{AGENCY},{OTHER_AGENCY}",
        "year": 2016,
        "agencies": [AGENCY, OTHER_AGENCY],
    }
    assert "agencies" not in first_fields(Place(2016, 3, "town", "nice"))
