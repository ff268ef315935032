"""The source: fetches records of this worker's partitions, and knows where the partitions end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from services.projector.intake.inbox import Inbox, Records
from shared.kafka import UNREADABLE, Consumer, ConsumerRecord, TopicPartition, batch_at
from shared.storage.checkpoints import StoppedPartition

FETCH_MS = 250
"""How long a fetch waits when there is no record, in milliseconds."""
CAREFUL = 8
"""Divisor for the size of the next fetch after a fetch with a record that cannot be read."""
REASON = "Kafka's client cannot read this record"


@dataclass(slots=True)
class Fetched:
    """The records of a fetch, by partition.

    `seeks`: number of seeks before it. `unreadable`: partitions whose next record no client can read.
    """

    seeks: int
    records: dict[int, list[ConsumerRecord]] = field(default_factory=dict)
    unreadable: list[StoppedPartition] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of partitions at one moment: `fetched` is what Kafka reported, `published` what the relay saved."""

    fetched: Mapping[int, int]
    published: Mapping[int, int]

    def are_known(self, number: int) -> bool:
        """Return whether a fetch has reported the end of a partition."""
        return number in self.fetched

    def of(self, number: int) -> int:
        """Return the lowest offset at which a partition may end."""
        return max(self.fetched.get(number, 0), self.published.get(number, 0))


class Source:
    """Fetches records of the partitions that its consumer is assigned; call `go_to` with their offsets first.

    `inbox` holds the fetched records that are in no batch yet.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._reader: Consumer
        self._seeks = 0
        self._turn = 0
        self._careful: dict[int, int] = {}
        """Most records of the next fetch of each partition that has a record that cannot be read."""
        self.inbox = Inbox()
        self.published: Mapping[int, int] = {}
        """The ends of the partitions that the relay has saved. Fetches report them only while Kafka answers."""

    def attach(self, reader: Consumer) -> None:
        """Fetch with `reader` from now on."""
        self._reader = reader

    @property
    def assigned(self) -> frozenset[int]:
        """Return the partitions of this worker."""
        return frozenset(partition.partition for partition in self._reader.assignment())

    async def fetch(self, most: int, *, singly: Collection[int], may_wait: bool) -> Fetched:
        """Fetch up to `most` records of each partition without held records; only one of a partition in `singly`.

        Each partition is fetched by itself, because one record that cannot be read fails a whole fetch. Then fewer
        records of its partition are fetched each time, until that record is the next one. Raises `KafkaError`.
        """
        fetched = Fetched(self._seeks)
        await self._fetch_each(fetched, most, singly)
        if not (fetched.records or fetched.unreadable or self.inbox) and may_wait:
            await self._wait(fetched)
            await self._fetch_each(fetched, most, singly)
        return fetched

    async def _wait(self, fetched: Fetched) -> None:
        """Wait for a record and fetch it."""
        try:
            waited_for = await self._reader.getmany(timeout_ms=FETCH_MS, max_records=1)
        except UNREADABLE:
            return  # the next fetch finds its partition
        for partition, records in waited_for.items():
            fetched.records[partition.partition] = list(records)

    async def _fetch_each(self, fetched: Fetched, most: int, singly: Collection[int]) -> None:
        numbers = sorted(number for number in self.assigned if number not in self.inbox)
        self._turn += 1
        first = self._turn % len(numbers) if numbers else 0
        for number in (*numbers[first:], *numbers[:first]):
            if most > 0 and number in self.assigned:
                most -= await self._fetch_one(fetched, number, 1 if number in singly else most)

    async def _fetch_one(self, fetched: Fetched, number: int, most: int) -> int:
        """Fetch records of one partition and return how many there were."""
        partition, most = TopicPartition(self._topic, number), min(most, self._careful.get(number, most))
        try:
            found = (await self._reader.getmany(partition, timeout_ms=0, max_records=most)).get(partition, ())
        except UNREADABLE:
            if most > 1:
                self._careful[number] = max(1, most // CAREFUL)
            else:
                self._careful.pop(number, None)
                offset = await self._reader.position(partition)
                behind, _ = await batch_at(self._reader, partition, offset)
                fetched.unreadable.append(StoppedPartition(number, offset, REASON, behind))
            return 0
        if found:
            fetched.records.setdefault(number, []).extend(found)
        return len(found)

    def hold(self, fetched: Fetched, offsets: Mapping[int, int]) -> list[StoppedPartition]:
        """Hold the records that were fetched from `offsets` on. Return the partitions that cannot be read from there.

        Records from another offset are fetched again. The first offset may be missing, because the end marker of a
        Kafka transaction takes an offset. It may not be missing after a seek.
        """
        is_current = fetched.seeks == self._seeks
        for number, records in fetched.records.items():
            first = offsets.get(number)
            if first is None:
                continue
            if records[0].offset == first or (is_current and records[0].offset > first):
                self.inbox.put(number, records)
            else:
                self._reader.seek(TopicPartition(self._topic, number), first)
        return [
            replace(one, offset=offsets[one.partition])
            for one in fetched.unreadable
            if is_current and one.partition in offsets and one.partition not in fetched.records
        ]

    async def passed(self, offsets: Mapping[int, int]) -> dict[int, int]:
        """Return the offsets after end markers of Kafka transactions, which a consumer never receives.

        When aiokafka skipped a record that it cannot read, that record is fetched again instead.
        """
        passed = {}
        for number, offset in offsets.items():
            partition = TopicPartition(self._topic, number)
            if number in self.inbox or partition not in self._reader.assignment():
                continue
            if await self._reader.position(partition) > offset:
                end, is_control = await batch_at(self._reader, partition, offset)
                if is_control:
                    passed[number] = end
                else:
                    self._careful[number] = 1
                self._reader.seek(partition, passed.get(number, offset))
        return passed

    def go_to(self, offsets: Mapping[int, int]) -> None:
        """Fetch each partition from its offset on, even if it was paused."""
        for number, offset in offsets.items():
            partition = TopicPartition(self._topic, number)
            self.inbox.forget(number)
            self._reader.resume(partition)
            self._reader.seek(partition, offset)
            self._seeks += 1

    def pause(self, number: int) -> None:
        """Stop fetching a partition, and drop its records."""
        self.inbox.forget(number)
        self._reader.pause(TopicPartition(self._topic, number))

    def forget(self) -> None:
        """Drop everything that was fetched."""
        self.inbox.forget()
        self._careful.clear()
        self._seeks += 1

    def ends(self, partitions: Collection[int]) -> Ends:
        """Return where `partitions` end."""
        assigned = self._reader.assignment() if partitions else ()
        fetched = {}
        for number in partitions:
            partition = TopicPartition(self._topic, number)
            end = self._reader.highwater(partition) if partition in assigned else None
            if end is not None:
                fetched[number] = end
        return Ends(fetched, self.published)


def size_of(records: Records) -> int:
    """Return the bytes of the values of `records`."""
    return sum(len(record.value or b"") for record in records)
