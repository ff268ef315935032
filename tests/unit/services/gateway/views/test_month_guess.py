"""Guesses of the month in which a page begins."""

from datetime import date

import pytest

from services.gateway.views.counters import Counters
from services.gateway.views.month_guess import Guesses

APRIL, MAY = date(2016, 4, 1), date(2016, 5, 1)
ALL, OPENED = Counters(), Counters(statuses=("OPENED",))


@pytest.fixture
def guesses() -> Guesses:
    made = Guesses()
    made.learn(ALL, {APRIL: 10, date(2016, 5, 26): 5, date(2016, 5, 2): 1})
    return made


@pytest.mark.parametrize(("number", "month"), [(0, {MAY}), (5, {MAY}), (6, {APRIL}), (15, {APRIL}), (16, set())])
def test_a_page_is_guessed_where_it_stood_before(guesses: Guesses, number: int, month: set[date]) -> None:
    assert guesses.month_at(ALL, number) == month


def test_of_another_selection_nothing_is_known(guesses: Guesses) -> None:
    assert guesses.month_at(OPENED, 0) == frozenset()


def test_what_was_used_last_is_remembered() -> None:
    guesses = Guesses(1)
    guesses.learn(ALL, {APRIL: 1})
    assert guesses.month_at(ALL, 0) == {APRIL}
    guesses.learn(OPENED, {APRIL: 1})
    assert guesses.month_at(ALL, 0) == frozenset()
    assert guesses.month_at(OPENED, 0) == {APRIL}
