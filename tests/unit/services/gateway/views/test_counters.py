"""The counters that answer a selection, their sums, and the start of a page among them."""

from datetime import date
from typing import Any

import pytest

from services.gateway.parameters.filters import Selection
from services.gateway.parameters.fulltext import Term
from services.gateway.views.counters import (
    Counters,
    NewestFirst,
    Position,
    choose_counters,
    counters_pipeline,
    created,
    with_days,
)
from shared.accounts.scopes import EVERYTHING, Visible

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
APRIL, MAY, JUNE = (date(2016, month, 1) for month in (4, 5, 6))
EVERY_DAY = Counters(statuses=("OPENED",))


def found(year: int, **counts: int) -> list[dict[str, Any]]:
    """Return the sums of MongoDB for a year: `m05` for a whole month, `d0526` for a day."""
    return [
        {"_id": {"year": year, "month": name[1:3]} | ({"day": name[3:]} if name[3:] else {}), "count": count}
        for name, count in counts.items()
    ]


@pytest.mark.parametrize(
    ("selection", "visible", "wanted"),
    [
        (Selection(), EVERYTHING, {"$and": [{"dimension": "none"}]}),
        (
            Selection(agencies=(NORTH,)),
            Visible("agencies", (NORTH, SOUTH)),
            {"$and": [{"dimension": "agencies"}, {"agencies": {"$in": [NORTH]}}]},
        ),
        (
            Selection(),
            Visible("agencies"),
            {"$and": [{"dimension": "agencies"}, {"agencies": {"$in": []}}]},
        ),
        (Selection(towns=("paris",)), EVERYTHING, {"$and": [{"dimension": "town"}, {"value": {"$in": ["paris"]}}]}),
        (
            Selection(purposes=("leak",), first=date(2015, 12, 28), last=date(2016, 3, 2)),
            EVERYTHING,
            {
                "$and": [
                    {"dimension": "purpose"},
                    {"value": {"$in": ["leak"]}},
                    {"year": {"$gte": 2015, "$lte": 2016}},
                ]
            },
        ),
    ],
)
def test_one_dimension_is_counted_on_the_counters(selection: Selection, visible: Visible, wanted: Any) -> None:
    kept = choose_counters(selection, visible)
    assert kept is not None
    assert kept.filter == wanted
    assert counters_pipeline(kept, ())[0] == {"$match": wanted}


@pytest.mark.parametrize(
    ("selection", "visible"),
    [
        (Selection(), Visible("patrimonies", ("p",))),
        (Selection(providers=("p",)), EVERYTHING),
        (Selection(terms=(Term(("leak",)),)), EVERYTHING),
        (Selection(towns=("paris",), purposes=("leak",)), EVERYTHING),
        (Selection(agencies=(NORTH,), towns=("paris",)), EVERYTHING),
        (Selection(towns=("paris",)), Visible("agencies", (SOUTH,))),
    ],
)
def test_anything_else_has_no_counters(selection: Selection, visible: Visible) -> None:
    assert choose_counters(selection, visible) is None


def test_only_the_status_asked_for_counts() -> None:
    closed, both = choose_counters(Selection(status="CLOSED"), EVERYTHING), choose_counters(Selection(), EVERYTHING)
    assert closed is not None
    assert both is not None
    assert closed.statuses == ("CLOSED",)
    assert sorted(both.statuses) == ["CLOSED", "OPENED"]


def test_the_months_at_both_ends_are_looked_into() -> None:
    kept = choose_counters(Selection(first=date(2016, 4, 30), last=date(2016, 6, 30)), EVERYTHING)
    assert kept is not None
    assert kept.partial_months() == {APRIL, JUNE}
    assert EVERY_DAY.partial_months() == frozenset()


def test_months_without_days_count_on_their_first_day() -> None:
    parts = found(2016, m04=7, m05=5, d0526=2, d0531=3, d0530=0) + found(2015, m05=9)
    assert created(parts, EVERY_DAY, {MAY}) == {
        APRIL: 7,
        date(2016, 5, 26): 2,
        date(2016, 5, 31): 3,
        date(2015, 5, 1): 9,
    }


def test_what_is_outside_the_days_asked_for_does_not_count() -> None:
    kept = Counters(statuses=("OPENED",), first=date(2016, 4, 2), last=date(2016, 6, 1))
    parts = found(2016, m01=1, m03=50, m04=5, m05=6, m06=7, m07=60, d0401=2, d0402=3, d0601=4, d0602=3)
    assert created(parts, kept, {APRIL, JUNE}) == {date(2016, 4, 2): 3, MAY: 6, date(2016, 6, 1): 4}


def test_looking_into_a_month_leaves_the_others_as_they_are() -> None:
    documents: list[dict[str, Any]] = [
        {"months": {"05": {"days": {"02": {"OPENED": 1, "CLOSED": 50}, "03": {"OPENED": 0}}}}},
        {"months": {"05": {"days": {"02": {"CLOSED": 60}, "09": {"OPENED": 4}}}}},
        {"months": {"05": {"days": {"02": {"OPENED": 2}}}}},
        {"months": {}},
    ]
    assert with_days({APRIL: 7, MAY: 7}, MAY, documents, ["OPENED"]) == {
        APRIL: 7,
        date(2016, 5, 2): 3,
        date(2016, 5, 9): 4,
    }


@pytest.mark.parametrize(
    ("index", "day", "before"),
    [(0, JUNE, 0), (2, JUNE, 2), (3, date(2016, 5, 2), 0), (4, APRIL, 0), (8, APRIL, 4)],
)
def test_a_page_begins_on_the_day_of_its_first_item(index: int, day: date, before: int) -> None:
    assert NewestFirst({date(2016, 5, 2): 1, APRIL: 5, JUNE: 3}).position_of(index) == Position(day, before)


def test_no_page_begins_after_the_last_item() -> None:
    with pytest.raises(IndexError):
        NewestFirst({MAY: 3}).position_of(3)
