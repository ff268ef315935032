"""Records of the topic, read as the events of a batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from services.projector.folds.batch import EventRecord, Incoming, Stop, read
from shared.clock import instant
from shared.kafka import ConsumerRecord, partition_of
from shared.storage.event_document import read_event_id
from shared.storage.topics import PARTITIONS, generation_of, headers_of, why_foreign
from shared.telemetry.traces import readable


@dataclass(frozen=True, slots=True)
class Part:
    """One partition's part of a batch: the records taken, their events, and why the next record is not an event."""

    records: Sequence[ConsumerRecord]
    incoming: Sequence[Incoming]
    stop: Stop | None
    left: Sequence[ConsumerRecord] = ()
    """Records that were taken and wait for a later batch."""

    def without(self, tickets: Collection[str]) -> "Part":
        """Return the part up to the first event of one of `tickets`."""
        kept = list(takewhile(lambda one: one.event.aggregateUid not in tickets, self.incoming))
        if len(kept) == len(self.incoming):
            return self
        first = self.incoming[len(kept)].offset
        at = next(number for number, record in enumerate(self.records) if record.offset == first)
        return replace(self, records=self.records[:at], incoming=kept, stop=None, left=self.records[at:])

    def reached(self, stop: Stop | None) -> "Reached | None":
        """Return how far the partition is when the events up to `stop` are applied; None if it does not move."""
        if stop is None and not self.records:
            return None
        applied = [one for one in self.incoming if stop is None or one.offset < stop.offset]
        last_sent = instant(applied[-1].event.sentDate) if applied else None
        return Reached(stop.offset if stop else self.records[-1].offset + 1, last_sent)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a batch reaches in a partition: the next offset, and the time when its last event was received."""

    offset: int
    last_sent: datetime | None


def read_parts(taken: Mapping[int, Sequence[ConsumerRecord]], generations: Mapping[int, int]) -> dict[int, Part]:
    """Read the events of each partition. Those of earlier generations are left out: they are published again."""
    return {number: _part(records, generations[number]) for number, records in taken.items()}


def _part(records: Sequence[ConsumerRecord], generation: int) -> Part:
    incoming, stop = read(_of(generation, map(_record, records)))
    return Part(records, incoming, stop)


def _of(generation: int, records: Iterable[EventRecord]) -> Iterable[EventRecord]:
    return (record for record in records if record.generation is None or record.generation >= generation)


def _record(record: ConsumerRecord) -> EventRecord:
    """Return the parts of a record that the projector needs. Any program may have written the record."""
    headers = headers_of(record.headers)
    event_id, traceparent = (headers.get(name, b"").decode(errors="replace") for name in ("ce_id", "traceparent"))
    foreign = _foreign(record, headers, event_id)
    return EventRecord(
        record.offset, event_id, record.value or b"", readable(traceparent), generation_of(headers), foreign
    )


def _foreign(record: ConsumerRecord, headers: Mapping[str, bytes], event_id: str) -> str | None:
    """Return what shows that no relay wrote a record, or None."""
    ticket, _ = read_event_id(event_id)
    if foreign := why_foreign(record.key, headers, ticket):
        return foreign
    if record.partition != partition_of(ticket, PARTITIONS):
        return "no relay wrote it: its ticket belongs to another partition"
    return None
