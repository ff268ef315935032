"""The tail of the topic: what stands behind the ends that were saved, held against the event store.

After a crash those are a few events that were published and not noted down. After a restore of an older MongoDB they
are events that nobody has any more: a ticket's next event would come behind another one of the same version.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from shared.kafka import Consumer, ConsumerRecord, KafkaError, TopicPartition
from shared.mongo import Database
from shared.topics import generation_of

FETCH_MS = 500
FETCHED_AT_ONCE = 1_000
SILENCE_SECONDS = 10.0
"""How long Kafka may give nothing of what it says it has."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Of `topic`, by partition: where what was noted down ends (0 for one that is left out), and where all ends.

    `generation` is what was published last, as far as is noted down.
    """

    topic: str
    generation: int
    noted: Mapping[int, int]
    present: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Published:
    """What a record says of itself."""

    event_id: str
    generation: int
    body: bytes


async def contradicting(db: Database, reader: Consumer, tail: Tail) -> Published | None:
    """Find a record of a later generation, else one whose event the store does not hold; None when all is as noted.

    Raises `KafkaError` or `PyMongoError`.
    """
    latest = {number: end - 1 for number, end in tail.present.items() if end}
    async for records in _read(reader, tail, latest):
        for record in records:
            if record.generation > tail.generation:
                return record
    behind = {number: tail.noted.get(number, 0) for number in tail.present}
    async for records in _read(reader, tail, behind):
        wanted = {"_id": {"$in": [record.event_id for record in records]}}
        stored = await db.events.find(wanted, {"body": 1}).to_list(len(records))
        bodies = {event["_id"]: event["body"] for event in stored}
        for record in records:
            if bodies.get(record.event_id) != record.body:
                return record
    return None


async def _read(reader: Consumer, tail: Tail, first: Mapping[int, int]) -> AsyncIterator[Sequence[Published]]:
    """Yield the records from the offsets `first` on to the end, some at once."""
    left = {TopicPartition(tail.topic, number) for number, start in first.items() if start < tail.present[number]}
    reader.assign(left)
    for partition in left:
        reader.seek(partition, first[partition.partition])
    heard = monotonic()
    while left:
        fetched = await reader.getmany(*left, timeout_ms=FETCH_MS, max_records=FETCHED_AT_ONCE)
        records = [_published(record) for partition in fetched.values() for record in partition]
        if records:
            heard = monotonic()
            yield records
        elif monotonic() - heard > SILENCE_SECONDS:
            raise KafkaError(f"Kafka gave none of the last records of {tail.topic} within {SILENCE_SECONDS:g} seconds")
        left = {one for one in left if await reader.position(one) < tail.present[one.partition]}


def _published(record: ConsumerRecord) -> Published:
    headers = dict(record.headers)
    event_id = headers.get("ce_id", b"").decode(errors="replace")
    return Published(event_id, generation_of(headers) or 0, record.value or b"")
