"""Columns, bars and durations of the statistics."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from urllib.parse import parse_qsl

import pytest

from services.gateway.console.shown_statistics import (
    chart,
    measured,
    ranges,
    rows_of,
    shares,
    shown,
    tickets_of,
    totals,
    with_range,
    written,
)
from services.gateway.parameters.filters import Selection
from services.gateway.parameters.fulltext import read_terms
from services.gateway.parameters.query import BadParameterError, Query
from services.gateway.views.breakdown import Breakdown
from shared.directory.entries import Directory

TODAY = date(2026, 11, 30)


def test_without_a_range_the_last_thirty_days_are_shown() -> None:
    selection, first, last = with_range(Selection(status="OPENED"), TODAY)
    assert (first, last) == (date(2026, 11, 1), TODAY)
    assert selection == Selection(status="OPENED", first=first, last=last)
    found = ranges(TODAY, first, last, {"agency": ("a,b",), "from": ("2020-01-01",), "to": ("2020-01-02",)})
    assert found[0].address == "/statistics?agency=a%2Cb&from=2026-11-24"
    assert [(one.days, one.is_shown) for one in found] == [
        (7, False),
        (30, True),
        (90, False),
        (365, False),
    ]


def test_more_than_a_year_is_refused() -> None:
    assert with_range(Selection(first=TODAY - timedelta(days=365), last=TODAY), TODAY)
    with pytest.raises(BadParameterError):
        with_range(Selection(first=TODAY - timedelta(days=366), last=TODAY), TODAY)


def test_the_first_day_of_the_calendar_is_shown() -> None:
    assert with_range(Selection(last=date.min), TODAY)[1:] == (date.min, date.min)


def test_the_bars_of_a_day_stand_side_by_side_on_the_axis() -> None:
    yesterday = TODAY - timedelta(days=1)
    shown = chart({TODAY: {"CLOSED": 3, "OPENED": 1}}, {yesterday: 2, TODAY: 1}, yesterday, TODAY)
    quiet, full = shown.columns
    assert [(one.first, one.opened, one.still_open, one.closed) for one in shown.columns] == [
        (yesterday, 0, 0, 2),
        (TODAY, 4, 1, 1),
    ]
    assert (full.opened_y, full.opened_height) == (10.0, 206.0)
    assert (full.closed_y, full.closed_height) == (164.5, 51.5)
    assert (quiet.opened_height, quiet.closed_y + quiet.closed_height) == (0, 216.0)
    assert quiet.opened_x + quiet.width < quiet.closed_x
    assert quiet.closed_x + quiet.width < full.opened_x
    assert shown.lines == [(0, 216.0), (1, 164.5), (2, 113.0), (3, 61.5), (4, 10.0)]
    assert not shown.by_week


@pytest.mark.parametrize("days", [2, 30, 62, 63, 90, 366])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 19, 20, 21, 999, 123_456])
def test_every_ticket_is_in_a_column_of_the_chart(days: int, count: int) -> None:
    first = TODAY - timedelta(days=days - 1)
    shown = chart({first: {"OPENED": count}, TODAY: {"CLOSED": 1}}, {first: 3, TODAY: 2 * count}, first, TODAY)
    assert sum(column.opened for column in shown.columns) == count + 1
    assert sum(column.still_open for column in shown.columns) == count
    assert sum(column.closed for column in shown.columns) == 2 * count + 3
    assert len(shown.columns) <= 62
    assert sum(column.is_labelled for column in shown.columns) <= 8
    assert min(min(column.opened_y, column.closed_y) for column in shown.columns) >= 10
    assert max(column.closed_x + column.width for column in shown.columns) <= 960
    assert shown.by_week == (days > 62)
    assert all(number == int(number) for number, _ in shown.lines)


def test_a_bar_leads_to_the_list_of_its_tickets() -> None:
    filters = {
        "status": ("OPENED",),
        "agency": ("a", "b"),
        "location": ("Nice",),
        "fulltext": (),
        "to": ("2020-01-01",),
    }
    selection = Selection(("a", "b"), first=TODAY - timedelta(days=1), last=TODAY)
    lead = partial(tickets_of, selection, filters)
    kept, days = "status=OPENED", "from=2026-11-29&to=2026-11-30"
    assert parse(lead("agency", "a")) == parse(f"/tickets?{kept}&agency=a&location=Nice&{days}")
    assert parse(lead("location", "l'haÿ, 1/2")) == parse(
        f"/tickets?{kept}&agency=a&agency=b&location=l'haÿ, 1/2&{days}"
    )
    assert lead("agency", "c") is None  # its tickets are those of a or b too, which the list cannot say
    assert lead("callpurpose", "") is None
    assert tickets_of(replace(selection, terms=read_terms(Query(b"fulltext=a"))), filters, "agency", "a") is None


def parse(address: str | None) -> tuple[str, list[tuple[str, str]]]:
    path, _, query = (address or "").partition("?")
    return path, sorted(parse_qsl(query))


def test_bars_compare_with_the_longest() -> None:
    assert [(one.name, one.length) for one in shares([("a", 200), ("b", 50), ("c", 1)], {"a": "A"})] == [
        ("A", 100),
        ("b", 25),
        ("c", 1),
    ]
    assert shares([]) == []


def test_durations_say_what_half_and_nine_tenths_do_not_exceed() -> None:
    heads = [{"repairTime": number * 10} for number in range(11)] + [{}]
    (one,) = measured(heads)
    assert (one.name, one.tickets, one.half, one.most) == ("repairTime", 11, 50, 90)
    assert (one.half_length, one.most_length) == (56, 100)
    (single,) = measured([{"transmissionTime": 0}])
    assert (single.half, single.most) == (0, 0)


def test_values_are_named_as_people_write_them() -> None:
    assert written(["Saint-Étienne", "SAINT ETIENNE", "Évry"]) == {"saint etienne": "Saint-Étienne", "evry": "Évry"}


def test_a_page_is_as_large_as_its_columns_and_bars() -> None:
    counted = Breakdown({}, {TODAY: {"OPENED": 2}}, [("a", 2)], [("nice", 1), ("lyon", 1)], [], [])
    assert rows_of(shown(counted, TODAY - timedelta(days=6), TODAY, Directory())) == 7 + 3


def test_a_first_day_in_the_future_is_an_empty_range_of_one_day() -> None:
    later = TODAY + timedelta(days=3)
    selection, first, last = with_range(Selection(first=later), TODAY)
    assert (selection.first, selection.last, first, last) == (later, later, later, later)


def test_totals_add_up() -> None:
    assert totals([{"OPENED": 2, "CLOSED": 3}, {"CLOSED": 1}], [5, 2]) == {"opened": 6, "still_open": 2, "closed": 7}
