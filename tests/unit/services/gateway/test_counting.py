"""Which counters answer a selection, what is made of them, and where a page begins among them."""

from datetime import date
from typing import Any

import pytest

from services.gateway.counting import Counters, Spot, counters, created, on_counters, spot, with_days
from services.gateway.filters import Selection

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
APRIL, MAY, JUNE = (date(2016, month, 1) for month in (4, 5, 6))
EVERY_DAY = Counters({}, "cell", ("OPENED",), None, None)


def found(year: int, **counts: int) -> list[dict[str, Any]]:
    """Give what MongoDB adds up for a year: `m05` for a whole month, `d0526` for a day."""
    return [
        {"_id": {"year": year, "month": name[1:3]} | ({"day": name[3:]} if name[3:] else {}), "count": count}
        for name, count in counts.items()
    ]


@pytest.mark.parametrize(
    ("selection", "visible", "wanted"),
    [
        (Selection(), {}, {"$and": [{"dimension": "none"}]}),
        (
            Selection(agencies=(NORTH,)),
            {"agencies": {"$in": [SOUTH]}},
            {"$and": [{"dimension": "agencies"}, {"agencies": {"$in": [NORTH]}}, {"agencies": {"$in": [SOUTH]}}]},
        ),
        (
            Selection(),
            {"agencies": {"$in": []}},
            {"$and": [{"dimension": "agencies"}, {"agencies": {"$in": []}}]},
        ),
        (Selection(towns=("paris",)), {}, {"$and": [{"dimension": "town"}, {"value": {"$in": ["paris"]}}]}),
        (
            Selection(purposes=("leak",), first=date(2015, 12, 28), last=date(2016, 3, 2)),
            {},
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
def test_one_dimension_is_counted_on_the_counters(selection: Selection, visible: Any, wanted: Any) -> None:
    kept = counters(selection, visible)
    assert kept is not None
    assert kept.wanted == wanted
    assert on_counters(kept, ())[0] == {"$match": wanted}


@pytest.mark.parametrize(
    ("selection", "visible"),
    [
        (Selection(), {"patrimony": {"$in": ["p"]}}),
        (Selection(providers=("p",)), {}),
        (Selection(terms=(("leak",),)), {}),
        (Selection(towns=("paris",), purposes=("leak",)), {}),
        (Selection(agencies=(NORTH,), towns=("paris",)), {}),
        (Selection(towns=("paris",)), {"agencies": {"$in": [SOUTH]}}),
    ],
)
def test_anything_else_has_no_counters(selection: Selection, visible: Any) -> None:
    assert counters(selection, visible) is None


def test_only_the_status_asked_for_counts() -> None:
    closed, both = counters(Selection(status="CLOSED"), {}), counters(Selection(), {})
    assert closed is not None
    assert both is not None
    assert closed.statuses == ("CLOSED",)
    assert sorted(both.statuses) == ["CLOSED", "OPENED"]


def test_the_months_at_both_ends_are_looked_into() -> None:
    kept = counters(Selection(first=date(2016, 4, 30), last=date(2016, 6, 30)), {})
    assert kept is not None
    assert kept.edges() == {APRIL, JUNE}
    assert EVERY_DAY.edges() == frozenset()


def test_tickets_stand_on_their_days_where_looked_into_else_on_the_first_of_the_month() -> None:
    parts = found(2016, m04=7, m05=5, d0526=2, d0531=3, d0530=0) + found(2015, m05=9)
    assert created(parts, EVERY_DAY, {MAY}) == {
        APRIL: 7,
        date(2016, 5, 26): 2,
        date(2016, 5, 31): 3,
        date(2015, 5, 1): 9,
    }


def test_what_is_outside_the_days_asked_for_does_not_count() -> None:
    kept = Counters({}, "cell", ("OPENED",), date(2016, 4, 2), date(2016, 6, 1))
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
    assert spot({date(2016, 5, 2): 1, APRIL: 5, JUNE: 3}, index) == Spot(day, before)


def test_behind_the_last_item_no_page_begins() -> None:
    with pytest.raises(IndexError):
        spot({MAY: 3}, 3)
