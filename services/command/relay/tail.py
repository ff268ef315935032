"""The tail of the topic: the records after the saved ends, compared with the event store.

After a crash these are a few events that were published before the position was saved. After MongoDB was restored
from a backup, they are events that the store lost. A new event would then get a version that the topic already has.
Records that no relay wrote are skipped: they say nothing about the event store.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from shared.clock import instant, wire
from shared.contract import Unreadable, parse_event
from shared.kafka import Consumer, ConsumerRecord, KafkaError, TopicPartition, fetch
from shared.mongo import Database, operation_time
from shared.storage.event_document import read_event_id
from shared.storage.topics import GENERATION, generation_of, headers_of, why_foreign

FETCH_MS = 500
FETCHED_AT_ONCE = 1_000
AHEAD_SECONDS = 2 * 24 * 60 * 60
SILENCE_SECONDS = 10.0
"""How long Kafka may report records without returning one, in seconds."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The tail of `topic`, by partition: the saved ends (0 for a missing partition) and the present ends.

    `generation`: the saved generation.
    """

    topic: str
    generation: int
    noted: Mapping[int, int]
    present: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Written:
    """A record that a relay wrote."""

    event_id: str
    generation: int
    body: bytes


async def contradicting(db: Database, reader: Consumer, tail: Tail) -> Written | None:
    """Return a record of a later generation, else a record whose event is not in the store, else None.

    A generation is a second of MongoDB's clock, so no relay wrote a record with one that is days ahead: it is skipped.

    Raises `KafkaError` or `PyMongoError`.
    """
    last = (await operation_time(db)).time + AHEAD_SECONDS
    latest = {number: end - 1 for number, end in tail.present.items() if end}
    async for records in _read(reader, tail, latest):
        for record in records:
            if tail.generation < record.generation <= last:
                return record
    behind = {number: tail.noted.get(number, 0) for number in tail.present}
    async for records in _read(reader, tail, behind):
        wanted = {"_id": {"$in": [record.event_id for record in records]}}
        stored = await db.events.find(wanted, {"body": 1}).to_list(None)
        bodies = {event["_id"]: event["body"] for event in stored}
        for record in records:
            if record.generation <= last and (
                record.generation > tail.generation or bodies.get(record.event_id) != record.body
            ):
                return record
    return None


async def _read(reader: Consumer, tail: Tail, first: Mapping[int, int]) -> AsyncIterator[Sequence[Written]]:
    """Yield the relay's records from the offsets `first` to the end, several at once."""
    left = [TopicPartition(tail.topic, number) for number, start in first.items() if start < tail.present[number]]
    reader.assign(left)
    for partition in left:
        reader.seek(partition, first[partition.partition])
    for partition in left:
        heard = monotonic()
        while (position := await reader.position(partition)) < tail.present[partition.partition]:
            fetched = await fetch(reader, partition, timeout_ms=FETCH_MS, max_records=FETCHED_AT_ONCE)
            records = [written for record in fetched if (written := _ours(record))]
            if records:
                yield records
            if await reader.position(partition) > position:
                heard = monotonic()
            elif monotonic() - heard > SILENCE_SECONDS:
                raise KafkaError(
                    f"Kafka returned none of the last records of {tail.topic} within {SILENCE_SECONDS:g} seconds"
                )


def _ours(record: ConsumerRecord) -> Written | None:
    """Read a record; None when its headers are not those that a relay writes for its event.

    A record without a generation is older than the first generation.
    """
    headers = headers_of(record.headers)
    generation = generation_of(headers) if GENERATION in headers else 0
    event_id = headers.get("ce_id", b"").decode(errors="replace")
    ticket, version = read_event_id(event_id)
    if len(headers) < len(record.headers) or generation is None or version is None:
        return None
    if why_foreign(record.key, headers, ticket):
        return None
    try:
        event = parse_event(record.value or b"")
    except Unreadable:
        return None
    headed = {
        "ce_type": event.eventType.encode(),
        "ce_time": wire(instant(event.sentDate)).encode(),
    }
    is_ours = event.aggregateUid == ticket and headed.items() <= headers.items()
    return Written(event_id, generation, record.value) if is_ours else None
