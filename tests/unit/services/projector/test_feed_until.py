"""The end of the feed's closed windows."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.endpoints.feed import LOOK_EVERY
from services.projector.feed_until import BEHIND, closed_until
from services.projector.intake.source import FETCH_MS
from services.projector.projection import BEAT_SECONDS


def at(second: float) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


@pytest.mark.parametrize(
    ("before", "now", "last_sent", "expected"),
    [
        pytest.param(at(0), at(10), None, at(9.5), id="all applied: half a second behind the clock"),
        pytest.param(at(0), at(10), at(4), at(3.5), id="events are missing: half a second before the last one applied"),
        pytest.param(at(0), at(10), at(20), at(9.5), id="a sender's clock that is ahead closes nothing early"),
        pytest.param(at(8), at(10), at(4), at(8), id="what is closed stays closed"),
        pytest.param(at(8), at(5), None, at(8), id="a clock that goes back opens nothing"),
    ],
)
def test_windows_are_closed_up_to_a_moment_that_never_goes_back(
    before: datetime, now: datetime, last_sent: datetime | None, expected: datetime
) -> None:
    assert closed_until(before, now, last_sent) == expected


def test_where_nothing_happens_windows_are_closed_soon_enough_for_a_poll_up_to_now_to_wait_less_than_1_500_ms() -> None:
    assert BEHIND.total_seconds() + BEAT_SECONDS + FETCH_MS / 1000 + LOOK_EVERY < 1.4  # the rest is for the work
