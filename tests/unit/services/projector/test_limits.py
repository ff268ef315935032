"""How much goes into one batch."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.projector.limits import MOST_RECORDS, STEPS, BatchLimit, does_not_fit, within_bytes
from shared.mongo import DuplicateKeyError, OperationFailure


def records(*sizes: int) -> list[Any]:
    return [SimpleNamespace(offset=offset, value=b"x" * size) for offset, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("fetched", "most", "counts"),
    [
        ({0: records(10, 10), 1: records(10)}, 100, {0: 2, 1: 1}),
        ({0: records(10, 10), 1: records(10)}, 20, {0: 2}),
        ({0: records(10, 10), 1: records(10)}, 15, {0: 2}),
        ({0: records(10, 10, 10)}, 11, {0: 2}),
        ({0: records(1_000)}, 1, {0: 1}),
        ({0: [SimpleNamespace(offset=0, value=None)]}, 1, {0: 1}),
        ({}, 1, {}),
    ],
)
def test_records_are_taken_in_order_until_their_bytes_are_enough(
    fetched: dict[int, list[Any]], most: int, counts: dict[int, int]
) -> None:
    taken = within_bytes(fetched, most)
    assert {partition: len(part) for partition, part in taken.items()} == counts
    assert all(fetched[partition][: len(part)] == part for partition, part in taken.items())


def test_a_limit_halves_down_to_one_and_grows_step_by_step_up_to_the_most() -> None:
    limit = BatchLimit()
    limit.shrink()
    assert limit.records == MOST_RECORDS // 2
    for _ in range(20):
        limit.shrink()
    assert limit.records == 1
    limit.grow()
    assert limit.records == 1 + MOST_RECORDS // STEPS
    for _ in range(20):
        limit.grow()
    assert limit.records == MOST_RECORDS


def test_a_limit_of_fewer_grows_up_to_its_own_most() -> None:
    limit = BatchLimit(50)
    limit.grow()
    assert limit.records == 50
    limit.shrink()
    assert limit.records == 25


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (OperationFailure("too large for the cache", 388), True),
        (OperationFailure("took too long", 290), True),
        (OperationFailure("is gone", 251), True),
        (OperationFailure("was rolled back", 112), True),
        (DuplicateKeyError("twice", 11_000), False),
        (ValueError(), False),
    ],
)
def test_a_smaller_batch_helps_only_against_size(failure: Exception, expected: bool) -> None:
    assert does_not_fit(failure) is expected
