"""The size of a batch, and what lowers and raises it."""

import pytest

from services.projector.intake.batch_limit import CAUTION, MOST_RECORDS, BatchLimit, blames_the_batch
from shared.kafka import KafkaError
from shared.mongo import DuplicateKeyError, NetworkTimeout, OperationFailure, PyMongoError
from shared.storage.checkpoints import FencedError


def grown(limit: BatchLimit, times: int) -> int:
    for _ in range(times):
        limit.grow(limit.records)
    return limit.records


def test_half_of_what_failed_is_taken_down_to_one() -> None:
    limit = BatchLimit()
    assert (limit.records, limit.lowered) == (MOST_RECORDS, None)
    limit.shrink(10)
    assert (limit.records, limit.lowered) == (5, 5)
    for _ in range(5):
        limit.shrink(limit.records)
    assert limit.records == 1


def test_it_grows_by_an_eighth_and_not_to_what_failed_for_some_time() -> None:
    limit = BatchLimit()
    limit.shrink(400)
    assert limit.records == 200
    assert grown(limit, 1) == 225
    assert grown(limit, CAUTION - 2) == 399
    assert grown(limit, 1) == 399 + 399 // 8
    assert grown(limit, 20) == MOST_RECORDS
    assert limit.lowered is None


def test_a_batch_that_was_smaller_than_it_might_be_proves_nothing() -> None:
    limit = BatchLimit()
    limit.shrink(400)
    limit.grow(199)
    assert limit.records == 200


def test_the_limit_grows_back_after_the_failed_event_is_stopped() -> None:
    limit = BatchLimit()
    limit.shrink(1)
    assert grown(limit, 5) == 1
    limit.lift()
    assert grown(limit, 60) == MOST_RECORDS


def test_another_worker_begins_with_the_limit_of_the_previous_one() -> None:
    limit = BatchLimit(50)
    limit.begin(7)
    limit.begin(20)
    assert limit.records == 7


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (OperationFailure("too large for the cache", 388), True),
        (OperationFailure("was rolled back", 112), True),
        (DuplicateKeyError("twice", 11_000), True),
        (NetworkTimeout("took too long"), True),
        (OverflowError(), True),
        (PyMongoError("is away"), False),
        (KafkaError(), False),
        (FencedError(), False),
        (TimeoutError(), False),
    ],
)
def test_a_smaller_batch_helps_against_what_a_batch_is_to_blame_for(failure: Exception, expected: bool) -> None:
    assert blames_the_batch(failure) is expected
