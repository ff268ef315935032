"""How much goes into one batch: records, bytes, and less of both when MongoDB says that it does not fit."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from shared.kafka import ConsumerRecord
from shared.mongo import OperationFailure

MOST_RECORDS = 2_000
MOST_BYTES = 8 * 1024 * 1024
STEPS = 20
"""In how many steps a limit grows from nothing to the most."""
TOO_LARGE = frozenset({290, 388, 251, 112})
"""MongoDB's codes: the transaction took too long, is too large for the cache, is gone because of either, was undone.

The last is called a write conflict, also when nobody else writes and the cache is full of what is not on disk yet.
"""

Partition = TypeVar("Partition")


class BatchLimit:
    """The number of records to ask for: halved when a batch did not fit, a step more after each that did."""

    def __init__(self, most: int = MOST_RECORDS) -> None:
        self.records = most
        self._most = most

    def shrink(self) -> None:
        """Ask for half as many from now on, at least one."""
        self.records = max(1, self.records // 2)

    def grow(self) -> None:
        """Ask for a step more from now on, up to the most."""
        self.records = min(self._most, self.records + max(1, self._most // STEPS))


def does_not_fit(failure: Exception) -> bool:
    """Tell whether a smaller transaction may succeed where this one failed."""
    return isinstance(failure, OperationFailure) and failure.code in TOO_LARGE


def within_bytes(
    fetched: Mapping[Partition, Sequence[ConsumerRecord]], most: int = MOST_BYTES
) -> dict[Partition, Sequence[ConsumerRecord]]:
    """Take records until their values reach `most` bytes; at least one is taken, each partition's in order."""
    taken: dict[Partition, Sequence[ConsumerRecord]] = {}
    room = most
    for partition, records in fetched.items():
        count = 0
        while count < len(records) and (room > 0):
            room -= len(records[count].value or b"")
            count += 1
        if count:
            taken[partition] = records[:count]
    return taken
