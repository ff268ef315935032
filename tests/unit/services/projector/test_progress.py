"""When a projection is not well, and what its numbers say."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from services.projector import progress
from services.projector.progress import STALLED_SECONDS, Progress

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "monotonic", made)
    return made


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(f"ticketstream_{name}") or 0.0


def test_one_that_is_behind_and_does_not_move_is_not_well(clock: Clock) -> None:
    watched = Progress()
    clock.now += STALLED_SECONDS - 1
    assert watched.objection(7) is None
    clock.now += 1
    assert watched.objection(0) is None
    assert (watched.objection(7) or "").startswith("7 events are not shown and nothing was written for 60 seconds")


def test_what_is_written_and_what_is_all_shown_is_progress(clock: Clock) -> None:
    watched = Progress()
    clock.now += STALLED_SECONDS
    watched.written([], NOW)
    assert watched.objection(7) is None
    clock.now += STALLED_SECONDS
    watched.behind(0)
    assert watched.objection(7) is None
    clock.now += STALLED_SECONDS
    watched.behind(1)
    assert watched.objection(7) is not None


def test_the_numbers_tell_what_it_did() -> None:
    watched, before = Progress(), sample("projected_events_total")
    shown = sample("origin_to_visible_seconds_sum")
    watched.written([NOW - timedelta(seconds=3), NOW - timedelta(seconds=2)], NOW)
    assert sample("projected_events_total") == before + 2
    assert sample("origin_to_visible_seconds_sum") == pytest.approx(shown + 5)
