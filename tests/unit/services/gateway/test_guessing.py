"""Guesses of the month in which a page begins."""

from datetime import date

import pytest

from services.gateway import guessing
from services.gateway.counting import counters
from services.gateway.filters import Selection
from services.gateway.guessing import Guesses

APRIL, MAY = date(2016, 4, 1), date(2016, 5, 1)
EVERYTHING, OPENED = counters(Selection(), {}), counters(Selection(status="OPENED"), {})


@pytest.fixture
def guesses() -> Guesses:
    assert EVERYTHING is not None
    made = Guesses()
    made.learn(EVERYTHING, {APRIL: 10, date(2016, 5, 26): 5, date(2016, 5, 2): 1})
    return made


@pytest.mark.parametrize(("number", "month"), [(0, {MAY}), (5, {MAY}), (6, {APRIL}), (15, {APRIL}), (16, set())])
def test_a_page_is_guessed_where_it_stood_before(guesses: Guesses, number: int, month: set[date]) -> None:
    assert EVERYTHING is not None
    assert guesses.month_at(EVERYTHING, number) == month


def test_of_another_selection_nothing_is_known(guesses: Guesses) -> None:
    assert OPENED is not None
    assert guesses.month_at(OPENED, 0) == frozenset()


def test_what_was_used_last_is_remembered(guesses: Guesses, monkeypatch: pytest.MonkeyPatch) -> None:
    assert EVERYTHING is not None
    assert OPENED is not None
    monkeypatch.setattr(guessing, "MOST", 1)
    guesses.learn(OPENED, {APRIL: 1})
    assert guesses.month_at(EVERYTHING, 0) == frozenset()
    assert guesses.month_at(OPENED, 0) == {APRIL}
