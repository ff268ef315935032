"""The records that the next batch takes from the inbox."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.projector.intake.inbox import Inbox


def records(*sizes: int, start: int = 0) -> list[Any]:
    return [SimpleNamespace(offset=start + number, value=b"x" * size) for number, size in enumerate(sizes)]


def holding(held: dict[int, list[Any]]) -> Inbox:
    inbox = Inbox()
    for number, part in held.items():
        inbox.put(number, part)
    return inbox


@pytest.mark.parametrize(
    ("held", "most", "size", "counts"),
    [
        ({0: records(10, 10), 1: records(10)}, 100, 100, {0: 2, 1: 1}),
        ({0: records(10, 10, 10, 10), 1: records(10)}, 100, 30, {0: 2, 1: 1}),
        ({0: records(10, 10, 10, 10), 1: records(10)}, 4, 100, {0: 3, 1: 1}),
        ({0: records(10, 10), 1: records(10)}, 1, 100, {0: 1}),
        ({0: records(1_000, 10), 1: records(10)}, 100, 20, {0: 1}),
        ({0: records(1_000, 10), 1: records(10)}, 100, 1_001, {0: 1, 1: 1}),
        ({0: [SimpleNamespace(offset=0, value=None)]}, 1, 1, {0: 1}),
        ({}, 1, 1, {}),
    ],
)
def test_partitions_have_equal_shares_and_what_room_is_left_is_filled(
    held: dict[int, list[Any]], most: int, size: int, counts: dict[int, int]
) -> None:
    taken = holding(held).take(most, size)
    assert {number: len(part) for number, part in taken.items()} == counts
    assert all(held[number][: len(part)] == part for number, part in taken.items())


def test_everything_is_taken_once_and_in_order_and_no_partition_waits_for_another() -> None:
    held = {0: records(*[10] * 50), 1: records(*[10] * 3), 2: records(10)}
    inbox, turns = holding(held), list[int]()
    seen: dict[int, list[int]] = {0: [], 1: [], 2: []}
    while taken := inbox.take(1, 100):
        turns += taken
        for number, part in taken.items():
            seen[number] += [record.offset for record in part]
    assert turns[:5] == [0, 1, 2, 0, 1]
    assert seen == {0: list(range(50)), 1: [0, 1, 2], 2: [0]}
    assert not inbox


def test_what_is_given_back_comes_first_again() -> None:
    inbox = holding({0: records(10, 10, 10)})
    (first, second) = inbox.take(2, 100)[0]
    inbox.give_back(0, [second])
    assert [record.offset for record in inbox.take(10, 100)[0]] == [1, 2]
    inbox.give_back(0, [first])
    assert inbox.take(10, 100) == {0: [first]}


def test_a_partition_on_trial_gives_one_record_by_itself() -> None:
    inbox = holding({0: records(10, 10), 1: records(10, 10)})
    assert {number: len(part) for number, part in inbox.take(10, 100, alone={1}).items()} == {1: 1}
    inbox.forget(1)
    assert {number: len(part) for number, part in inbox.take(10, 100, alone={1}).items()} == {0: 2}
