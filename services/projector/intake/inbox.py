"""The inbox: fetched records that are in no batch yet. A batch takes an equal share of each partition."""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from shared.kafka import ConsumerRecord

Records = Sequence[ConsumerRecord]


class Inbox:
    """Holds records in order, by partition; the fetches limit how many."""

    def __init__(self) -> None:
        self._held: dict[int, Records] = {}

    def __bool__(self) -> bool:
        return bool(self._held)

    def __contains__(self, partition: int) -> bool:
        return partition in self._held

    def put(self, partition: int, records: Records) -> None:
        """Hold `records` of a partition. No record of it may be held already."""
        self._held[partition] = records

    def give_back(self, partition: int, records: Records) -> None:
        """Put back `records`, which were taken last, in front of those that are held."""
        self._held[partition] = [*records, *self._held.get(partition, ())]

    def forget(self, *partitions: int) -> None:
        """Drop the records of `partitions`, or of all if none is named."""
        for partition in partitions or tuple(self._held):
            self._held.pop(partition, None)

    def take(self, records: int, size: int, alone: Collection[int] = ()) -> Mapping[int, Records]:
        """Take up to `records` records whose values have up to `size` bytes together, but at least one if any is held.

        Each partition gives an equal share; other records fill the rest. A record of a partition in `alone` is taken by
        itself.
        """
        if (tried := next((number for number in self._held if number in alone), None)) is not None:
            return self._taken({tried: 1})
        counts = dict.fromkeys(self._held, 0)
        for shares in (len(counts), 1):
            most, room = max(1, records // max(1, shares)), max(1, size // max(1, shares))
            for number, held in self._held.items():
                count, sized = _fitting(held, counts[number], min(most, records), min(room, size))
                counts[number], records, size = counts[number] + count, records - count, size - sized
        return self._taken(counts)

    def _taken(self, counts: Mapping[int, int]) -> dict[int, Records]:
        taken = {}
        for number, count in counts.items():
            if count:
                held = self._held.pop(number)
                taken[number] = held[:count]
                if count < len(held):
                    self._held[number] = held[count:]  # behind the others: they come first next time
        return taken


def _fitting(held: Records, start: int, records: int, size: int) -> tuple[int, int]:
    """Return how many records from `start` on begin within `size` bytes, and their bytes. Count at most `records`."""
    count, taken = 0, 0
    for record in islice(held, start, start + max(0, records)):
        if taken >= size:
            break
        count, taken = count + 1, taken + len(record.value or b"")
    return count, taken
