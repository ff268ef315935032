from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.cli.lag import Lag, Unpublished, lag, unapplied
from services.cli.refill import Refill, under_way

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
NOTHING = Unpublished(0, None, exact=True)
PROGRESS = {"generation": 2, "ends": {"0": 10, "1": 7, "2": 5}}


def checkpoint(partition: int, offset: int, generation: int = 2) -> dict[str, int]:
    return {"_id": partition, "generation": generation, "offset": offset}


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_what_is_published_waits_from_the_checkpoint_on() -> None:
    waiting = unapplied(PROGRESS, [checkpoint(0, 4), checkpoint(1, 7), checkpoint(2, 0)])
    assert waiting == {0: range(4, 10), 2: range(5)}


def test_a_partition_that_nothing_was_published_to_does_not_wait() -> None:
    assert unapplied(PROGRESS, [checkpoint(11, 0)]) == {}


def test_a_checkpoint_that_is_ahead_of_the_saved_position_takes_nothing_from_the_others() -> None:
    assert unapplied(PROGRESS, [checkpoint(0, 14), checkpoint(1, 5)]) == {1: range(5, 7)}


def test_a_checkpoint_of_an_older_topic_starts_again() -> None:
    assert unapplied(PROGRESS, [checkpoint(0, 8, generation=1)]) == {0: range(10)}


def test_the_lag_is_what_is_unpublished_and_what_is_unapplied() -> None:
    unpublished = Unpublished(3, ago(seconds=1), exact=True)
    heads = [ago(seconds=2), ago(minutes=1)]
    assert lag({0: range(4, 10), 2: range(5)}, unpublished, None, heads, NOW) == Lag(14, 60_000, exact=True)


@pytest.mark.parametrize(
    ("unpublished", "heads", "milliseconds"),
    [
        (NOTHING, [], 0),
        (NOTHING, [ago(milliseconds=12)], 12),
        (Unpublished(1, ago(milliseconds=7), exact=True), [], 7),
        (Unpublished(1, ago(seconds=9), exact=True), [ago(seconds=1)], 9_000),
        (NOTHING, [ago(seconds=-1)], 0),
    ],
)
def test_its_age_is_that_of_the_oldest_event(
    unpublished: Unpublished, heads: Sequence[datetime], milliseconds: int
) -> None:
    assert lag({}, unpublished, None, heads, NOW).milliseconds == milliseconds


def test_its_age_is_unknown_when_kafka_does_not_tell_what_waits() -> None:
    unpublished = Unpublished(1, ago(seconds=1), exact=True)
    assert lag({0: range(1)}, unpublished, None, None, NOW) == Lag(2, None, exact=True)


def test_it_is_at_least_what_was_counted() -> None:
    assert lag({0: range(1)}, Unpublished(9, NOW, exact=False), None, [NOW], NOW) == Lag(10, 0, exact=False)


def test_what_a_refill_has_left_waits_for_a_time_that_is_not_known() -> None:
    unpublished = Unpublished(1, ago(seconds=1), exact=True)
    assert lag({0: range(3)}, unpublished, Refill(10, 17), [NOW], NOW) == Lag(11, None, exact=True)
    assert lag({0: range(3)}, unpublished, Refill(17, 17), [NOW], NOW) == Lag(4, 1_000, exact=True)


@pytest.mark.parametrize(("done", "total", "left"), [(0, 0, 0), (3, 10, 7), (12, 10, 0)])
def test_a_refill_never_has_less_than_nothing_left(done: int, total: int, left: int) -> None:
    refill = under_way({"refill": {"after": "t7", "done": done, "total": total}})
    assert refill
    assert (refill.done, refill.left) == (done, left)


def test_without_a_refill_none_is_under_way() -> None:
    assert under_way({"refill": None}) is None
