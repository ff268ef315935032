from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.cli.status.views_lag import Lag, lag
from shared.storage.checkpoints import Checkpoint
from shared.storage.publication import Refill
from shared.storage.waiting_events import Unpublished, unapplied
from tests.support.data.positions import checkpoint_at, publication

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
NOTHING = Unpublished(0, None, exact=True)
PUBLISHED = publication(generation=2, ends={0: 10, 1: 7, 2: 5})


def checkpoint(partition: int, offset: int, generation: int = 2) -> Checkpoint:
    return checkpoint_at(partition, offset, generation=generation)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_what_is_published_waits_from_the_checkpoint_on() -> None:
    waiting = unapplied(PUBLISHED, [checkpoint(0, 4), checkpoint(1, 7), checkpoint(2, 0)])
    assert waiting == {0: range(4, 10), 2: range(5)}


def test_a_partition_that_nothing_was_published_to_does_not_wait() -> None:
    assert unapplied(PUBLISHED, [checkpoint(11, 0)]) == {}


def test_a_checkpoint_that_is_ahead_of_the_saved_position_takes_nothing_from_the_others() -> None:
    assert unapplied(PUBLISHED, [checkpoint(0, 14), checkpoint(1, 5)]) == {1: range(5, 7)}


def test_a_checkpoint_of_an_older_topic_starts_again() -> None:
    assert unapplied(PUBLISHED, [checkpoint(0, 8, generation=1)]) == {0: range(10)}


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


def test_its_age_is_unknown_without_an_answer_of_kafka() -> None:
    unpublished = Unpublished(1, ago(seconds=1), exact=True)
    assert lag({0: range(1)}, unpublished, None, None, NOW) == Lag(2, None, exact=True)


def test_it_is_at_least_what_was_counted() -> None:
    assert lag({0: range(1)}, Unpublished(9, NOW, exact=False), None, [NOW], NOW) == Lag(10, 0, exact=False)


def test_what_a_refill_has_left_waits_for_a_time_that_is_not_known() -> None:
    unpublished = Unpublished(1, ago(seconds=1), exact=True)
    assert lag({0: range(3)}, unpublished, Refill("t7", 10, 17), [NOW], NOW) == Lag(11, None, exact=True)
    assert lag({0: range(3)}, unpublished, Refill("t7", 17, 17), [NOW], NOW) == Lag(4, 1_000, exact=True)


def test_of_records_without_a_date_the_age_is_unknown() -> None:
    nothing = Unpublished(0, None, exact=True)
    assert lag({0: range(3)}, nothing, None, [], NOW) == Lag(3, None, exact=True)


def test_an_event_that_is_dated_ahead_has_no_negative_age() -> None:
    ahead = Unpublished(1, NOW + timedelta(hours=2), exact=True)
    assert lag({}, ahead, None, [], NOW) == Lag(1, 0, exact=True)
