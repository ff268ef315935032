"""Which counters answer a selection, what is made of them, and where a page begins among them."""

from datetime import date
from typing import Any

import pytest

from services.gateway.counting import Counters, Spot, counters, created, looked_into, on_counters, spot
from services.gateway.filters import Selection

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
APRIL, MAY, JUNE = (date(2016, month, 1) for month in (4, 5, 6))
EVERY_DAY = Counters({}, ("OPENED",), None, None)


def found(year: int, months: dict[str, int], days: dict[str, int] | None = None) -> dict[str, Any]:
    """Give what MongoDB adds up for a year: by `MM`, and by `MMDD` for the months looked into."""
    names = {day[:2] for day in days or {}}
    nothing = {f"d{month}{day:02}": 0 for month in names for day in range(1, 32)}
    return (
        {"_id": year}
        | {f"m{month:02}": months.get(f"{month:02}", 0) for month in range(1, 13)}
        | nothing
        | {f"d{day}": count for day, count in (days or {}).items()}
    )


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


def test_only_days_of_the_months_looked_into_are_asked_for() -> None:
    sums = on_counters(EVERY_DAY, [MAY, date(2015, 5, 1)])[1]["$group"]
    assert [name for name in sums if name.startswith("d")] == [f"d05{day:02}" for day in range(1, 32)]
    assert sums["d0526"] == {"$sum": {"$add": [{"$ifNull": ["$months.05.days.26.OPENED", 0]}]}}
    assert sums["m05"] == {"$sum": {"$add": [{"$ifNull": ["$months.05.OPENED", 0]}]}}


def test_tickets_stand_on_their_days_where_looked_into_else_on_the_first_of_the_month() -> None:
    years = [found(2016, {"04": 7, "05": 5}, {"0526": 2, "0531": 3}), found(2015, {"05": 9}, {"0501": 4, "0502": 5})]
    assert created(years, EVERY_DAY, {MAY}) == {
        APRIL: 7,
        date(2016, 5, 26): 2,
        date(2016, 5, 31): 3,
        date(2015, 5, 1): 9,
    }


def test_a_month_that_is_shorter_has_fewer_days() -> None:
    february = found(2015, {"02": 3}, {"0228": 3})
    assert created([february], EVERY_DAY, {date(2015, 2, 1)}) == {date(2015, 2, 28): 3}


def test_what_is_outside_the_days_asked_for_does_not_count() -> None:
    kept = Counters({}, ("OPENED",), date(2016, 4, 2), date(2016, 6, 1))
    year = found(
        2016,
        {"01": 1, "03": 50, "04": 5, "05": 6, "06": 7, "07": 60},
        {"0401": 2, "0402": 3, "0601": 4, "0602": 3},
    )
    assert created([year], kept, {APRIL, JUNE}) == {date(2016, 4, 2): 3, MAY: 6, date(2016, 6, 1): 4}


def test_looking_into_a_month_leaves_the_others_as_they_are() -> None:
    days = {date(2016, 5, 2): 1, date(2016, 5, 9): 4, date(2016, 6, 3): 99}
    assert looked_into({APRIL: 7, MAY: 5}, MAY, days) == {APRIL: 7, date(2016, 5, 2): 1, date(2016, 5, 9): 4}


@pytest.mark.parametrize(
    ("index", "day", "before"),
    [(0, JUNE, 0), (2, JUNE, 2), (3, date(2016, 5, 2), 0), (4, APRIL, 0), (8, APRIL, 4)],
)
def test_a_page_begins_on_the_day_of_its_first_item(index: int, day: date, before: int) -> None:
    assert spot({date(2016, 5, 2): 1, APRIL: 5, JUNE: 3}, index) == Spot(day, before)


def test_behind_the_last_item_no_page_begins() -> None:
    with pytest.raises(IndexError):
        spot({MAY: 3}, 3)
