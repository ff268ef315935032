"""Counts that were read before: when they hold, and the month that they make likely for a page."""

from datetime import date

import pytest

from services.gateway.views.counters import Counters, Created
from services.gateway.views.known_counts import LONGEST, WIDEST, Counted, KnownCounts
from shared.accounts.scopes import Visible

APRIL, MAY = date(2016, 4, 1), date(2016, 5, 1)
ALL, OPENED = Counters(), Counters(statuses=("OPENED",))


def counted(created: Created, applied: int = 1) -> Counted:
    return Counted(created, frozenset(), applied)


@pytest.fixture
def known() -> KnownCounts:
    made = KnownCounts()
    made.learn(ALL, counted({APRIL: 10, date(2016, 5, 26): 5, date(2016, 5, 2): 1}))
    return made


def test_counts_hold_while_the_same_is_applied(known: KnownCounts) -> None:
    found = known.of(ALL, 1)
    assert found is not None
    assert found.in_order.total == 16
    assert known.of(ALL, 2) is None
    assert known.of(OPENED, 1) is None


@pytest.mark.parametrize(("number", "month"), [(0, {MAY}), (5, {MAY}), (6, {APRIL}), (15, {APRIL}), (16, set())])
def test_a_page_is_guessed_where_it_stood_before(known: KnownCounts, number: int, month: set[date]) -> None:
    assert known.month_at(ALL, number) == month


def test_of_another_selection_nothing_is_known(known: KnownCounts) -> None:
    assert known.month_at(OPENED, 0) == frozenset()


def test_what_was_used_last_is_remembered() -> None:
    known = KnownCounts(1)
    known.learn(ALL, counted({APRIL: 1}))
    assert known.month_at(ALL, 0) == {APRIL}
    known.learn(OPENED, counted({APRIL: 1}))
    assert known.month_at(ALL, 0) == frozenset()
    assert known.month_at(OPENED, 0) == {APRIL}


def test_few_days_are_remembered_in_all() -> None:
    known = KnownCounts(days=2)
    known.learn(ALL, counted({APRIL: 1, MAY: 1}))
    known.learn(OPENED, counted({APRIL: 1}))
    assert known.of(ALL, 1) is None
    assert known.of(OPENED, 1) is not None


@pytest.mark.parametrize(("uids", "remembered"), [(WIDEST, True), (WIDEST + 1, False)])
def test_a_selection_in_a_large_scope_is_not_remembered(uids: int, *, remembered: bool) -> None:
    visible = Visible("agencies", tuple(f"{number:036}" for number in range(uids)))
    known, wide = KnownCounts(), Counters("agencies", visible=visible)
    known.learn(wide, counted({APRIL: 1}))
    assert (known.of(wide, 1) is not None) == remembered


@pytest.mark.parametrize(("letters", "remembered"), [(LONGEST, True), (LONGEST + 1, False)])
def test_a_long_selection_is_not_remembered(letters: int, *, remembered: bool) -> None:
    known, long = KnownCounts(), Counters("town", ("a" * (letters - 1), "b"))
    known.learn(long, counted({APRIL: 1}))
    assert (known.of(long, 1) is not None) == remembered
