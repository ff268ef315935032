"""The health of a projection: when it is not well, and what its numbers say."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from services.projector import health
from services.projector.health import STALLED_SECONDS, Health, Standing
from shared.storage.checkpoints import NEVER

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Clock:
    """A clock that moves only when the test moves it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(health, "monotonic", made)
    return made


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(f"ticketstream_{name}") or 0.0


def standing(behind: int = 7, *, offset: int = 3, stopped: bool = False, until: datetime = NOW) -> list[Standing]:
    return [Standing(0, offset, offset + behind, until, stopped)]


def test_a_projection_that_is_behind_and_does_not_move_is_unhealthy(clock: Clock) -> None:
    watched = Health()
    clock.now += STALLED_SECONDS - 1
    assert watched.problem(standing()) is None
    clock.now += 1
    assert watched.problem(standing(0)) is None
    assert watched.problem(standing(stopped=True)) is None
    said = watched.problem(standing()) or ""
    assert said.startswith("7 events are not shown and nothing was written for 60 seconds")


def test_what_is_written_and_what_is_all_shown_counts_as_moving(clock: Clock) -> None:
    watched = Health()
    clock.now += STALLED_SECONDS
    watched.note_written([], NOW)
    assert watched.problem(standing()) is None
    clock.now += STALLED_SECONDS
    watched.note_standings(standing(0))
    assert watched.problem(standing()) is None
    clock.now += STALLED_SECONDS
    watched.note_standings(standing(1))
    assert watched.problem(standing()) is not None


def test_the_lag_is_that_of_the_partition_furthest_behind(clock: Clock) -> None:
    watched = Health()
    stand = [
        *standing(until=NOW - timedelta(seconds=5)),
        Standing(1, 0, 1, NOW - timedelta(seconds=9), is_stopped=False),
        Standing(2, 1, 1, NOW - timedelta(hours=1), is_stopped=False),
        Standing(3, 0, 1, NOW - timedelta(hours=1), is_stopped=True),
    ]
    watched.note_standings(stand)
    assert watched.lag_seconds(stand, NOW) == 9
    assert watched.lag_seconds(standing(0), NOW) == 0


def test_a_clock_that_is_set_back_does_not_hide_that_nothing_moves(clock: Clock) -> None:
    watched, stand = Health(), standing(until=NOW + timedelta(minutes=10))
    watched.note_standings(stand)
    clock.now += 70
    watched.note_standings(stand)
    assert watched.lag_seconds(stand, NOW) == 70
    moved = standing(offset=4, until=NOW + timedelta(minutes=10))
    watched.note_standings(moved)
    clock.now += 2
    assert watched.lag_seconds(moved, NOW) == 2


def test_what_was_never_shown_lags_since_it_was_first_seen(clock: Clock) -> None:
    watched, stand = Health(), standing(until=NEVER)
    watched.note_standings(stand)
    clock.now += 3
    assert watched.lag_seconds(stand, NOW) == 3


def test_metrics_count_the_applied_events() -> None:
    watched, before = Health(), sample("projected_events_total")
    shown = sample("origin_to_visible_seconds_sum")
    watched.note_written([NOW - timedelta(seconds=3), NOW - timedelta(seconds=2)], NOW)
    assert sample("projected_events_total") == before + 2
    assert sample("origin_to_visible_seconds_sum") == pytest.approx(shown + 5)
