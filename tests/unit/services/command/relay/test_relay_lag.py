"""How long events have waited, whatever the clock says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from services.command.relay import relay_lag as module
from services.command.relay.relay_lag import LOOK_SECONDS, RelayLag

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def lag() -> RelayLag:
    nothing: Any = None
    return RelayLag(nothing)


def seconds(lag: RelayLag, moment: float) -> float:
    with patch.object(module, "monotonic", lambda: moment):
        return lag.seconds


def test_an_event_waits_since_its_date(lag: RelayLag) -> None:
    lag.note({"t:1": NOW - TEN_MINUTES, "t:2": NOW}, NOW, 100.0)
    assert seconds(lag, 100.0) == 600


@pytest.mark.parametrize("ahead", [TEN_MINUTES, timedelta(days=9)])
def test_one_that_is_dated_ahead_waits_since_it_was_seen(lag: RelayLag, ahead: timedelta) -> None:
    for passed in (0, 5, 65):
        lag.note({"t:1": NOW + ahead}, NOW + timedelta(seconds=passed), 100.0 + passed)
        assert seconds(lag, 100.0 + passed) == passed


def test_a_clock_that_is_set_back_makes_no_wait_shorter(lag: RelayLag) -> None:
    lag.note({"t:1": NOW}, NOW, 100.0)
    lag.note({"t:1": NOW}, NOW + timedelta(seconds=70), 170.0)
    lag.note({"t:1": NOW}, NOW + timedelta(seconds=75) - TEN_MINUTES, 175.0)
    assert seconds(lag, 175.0) == 75


def test_what_is_published_waits_no_longer_and_counts_anew(lag: RelayLag) -> None:
    lag.note({"t:1": NOW + TEN_MINUTES, "t:2": NOW + TEN_MINUTES}, NOW, 100.0)
    lag.note({}, NOW, 150.0)
    assert seconds(lag, 150.0) == 0
    lag.note({"t:2": NOW + TEN_MINUTES}, NOW, 160.0)
    assert seconds(lag, 160.0) == 0


def test_between_two_looks_it_stays_and_without_looks_it_grows(lag: RelayLag) -> None:
    lag.note({}, NOW, 100.0)
    assert seconds(lag, 100.0 + LOOK_SECONDS) == 0
    assert seconds(lag, 160.0 + LOOK_SECONDS) == 60
