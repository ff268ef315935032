"""The one door to Kafka, and the only module that imports aiokafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic

from aiokafka import AIOKafkaConsumer as Consumer
from aiokafka import AIOKafkaProducer as Producer
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, OffsetOutOfRangeError, TopicAlreadyExistsError, for_code
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata

from shared.topics import TopicDefinition

__all__ = [
    "Consumer",
    "ConsumerRecord",
    "IncompleteTopicError",
    "KafkaConnectionError",
    "KafkaError",
    "Message",
    "OffsetOutOfRangeError",
    "Producer",
    "TopicPartition",
    "commit",
    "committed",
    "consumer",
    "delete_topics",
    "end_offsets",
    "ensure_topics",
    "group_consumer",
    "missing_topics",
    "partition_of",
    "ping",
    "producer",
    "publish",
    "subscribe",
]

REQUEST_TIMEOUT_MS = 10_000
PUBLISH_SECONDS = 15.0
"""How long a group of messages may take; aiokafka itself would try without end."""
STOP_SECONDS = 3.0
REPLICATION = 3
"""Copies of every record, where there are as many brokers."""
ENSURED_SECONDS = 10.0
"""How long brokers and leaders of topics may take to be there."""
GROUP_SESSION_MS = 6_000
"""A dead member's partitions move on after this long."""
METADATA_MS = 10_000
"""A topic that was made anew is noticed after this long; aiokafka's default is five minutes."""
PARTITIONS_KNOWN = 50_000
"""Keys whose partition is remembered: the hash is plain Python, and a ticket's events come close together."""
MAX_BATCH_BYTES = 512 * 1024
"""Record batches stay below the broker's default `message.max.bytes` of 1 MiB; a larger single record goes alone."""


class IncompleteTopicError(Exception):
    """A topic has fewer partitions than it must have; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record to publish; `timestamp_ms` is Unix time in milliseconds."""

    partition: int
    key: bytes
    value: bytes
    timestamp_ms: int
    headers: Sequence[tuple[str, bytes]] = field(default=())


async def _started(client: AIOKafkaAdminClient | Consumer | Producer) -> None:
    """Start `client`, and let it get as far as that when this is cancelled: aiokafka forgets a connection it just made.

    See aiokafka's issue 715; what was started is for the caller to stop.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting}, timeout=STOP_SECONDS)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


@lru_cache(maxsize=PARTITIONS_KNOWN)
def partition_of(key: str, partitions: int) -> int:
    """Tell the partition of `key`: the same as Java's default partitioner picks, so that any producer agrees."""
    hashed: int = murmur2(key.encode())
    return (hashed & 0x7FFFFFFF) % partitions


async def ping(bootstrap: str) -> None:
    """Return once a broker answers at `bootstrap`; raises `KafkaError` when none does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await _started(admin)
        await admin.describe_cluster()
    finally:
        await admin.close()


async def ensure_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> None:
    """Make the topics that are missing and wait until each has its leaders.

    Raises `IncompleteTopicError`, and `KafkaError` after ten seconds without a leader, or a broker of `bootstrap`.
    """
    wanted = {topic.name: topic for topic in topics}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await _started(admin)
        copies = await _copies(admin, bootstrap)
        missing = [
            NewTopic(topic.name, topic.partitions, replication_factor=copies, topic_configs=topic.config)
            for topic in await _missing(admin, wanted.values())
        ]
        if missing:
            reply = await admin.create_topics(missing, timeout_ms=REQUEST_TIMEOUT_MS)
            for name, code, *_ in reply.topic_errors:
                failure = for_code(code)
                if code and failure is not TopicAlreadyExistsError:
                    raise failure(name)
        async with asyncio.timeout(ENSURED_SECONDS):
            while not _all_led(await admin.describe_topics(list(wanted)), wanted):
                await asyncio.sleep(0.05)
    except TimeoutError as late:
        raise KafkaError(f"Kafka at {bootstrap} gave no leader to {', '.join(wanted)} within ten seconds") from late
    finally:
        await admin.close()


async def _copies(admin: AIOKafkaAdminClient, bootstrap: str) -> int:
    """Tell how many copies to make, once the named brokers are there: a topic keeps the number that it is made with."""
    wanted = min(REPLICATION, len(bootstrap.split(",")))
    deadline = monotonic() + ENSURED_SECONDS
    while (present := len((await admin.describe_cluster())["brokers"])) < wanted:
        if monotonic() > deadline:
            raise KafkaError(f"of the brokers of {bootstrap} only {present} run")
        await asyncio.sleep(0.2)
    return min(REPLICATION, present)


async def missing_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> list[TopicDefinition]:
    """Tell which of `topics` Kafka does not have; raises `IncompleteTopicError` or `KafkaError`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await _started(admin)
        return await _missing(admin, topics)
    finally:
        await admin.close()


async def _missing(admin: AIOKafkaAdminClient, topics: Iterable[TopicDefinition]) -> list[TopicDefinition]:
    wanted = {topic.name: topic for topic in topics}
    present = wanted.keys() & set(await admin.list_topics())
    for described in await admin.describe_topics(list(present)) if present else ():
        name, partitions = described["topic"], len(described["partitions"])
        if 0 < partitions < wanted[name].partitions:
            raise IncompleteTopicError(
                f"Kafka's topic {name} was made by something else, with {partitions} of {wanted[name].partitions} "
                "partitions; delete it, and have Kafka make no topics by itself (auto.create.topics.enable=false)."
            )
    return [topic for topic in wanted.values() if topic.name not in present]


async def delete_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> None:
    """Delete `topics` with all that is in them; raises `KafkaError`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await _started(admin)
        await admin.delete_topics([topic.name for topic in topics])
    finally:
        await admin.close()


def _all_led(described: Sequence[dict[str, object]], wanted: dict[str, TopicDefinition]) -> bool:
    led = {}
    for topic in described:
        partitions = topic["partitions"]
        if isinstance(partitions, list):
            led[topic["topic"]] = sum(partition["leader"] >= 0 for partition in partitions)
    return all(led.get(name) == topic.partitions for name, topic in wanted.items())


@asynccontextmanager
async def producer(bootstrap: str) -> AsyncIterator[Producer]:
    """Give an idempotent producer that waits for every in-sync replica and holds nothing back."""
    made = Producer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        await _started(made)
        yield made
    finally:
        await _stop_in_time(made)


async def _stop_in_time(made: Producer) -> None:
    """Stop, and let go of batches that Kafka does not take: aiokafka would wait for them without end."""
    stopping = asyncio.create_task(made.stop())
    await asyncio.wait({stopping}, timeout=STOP_SECONDS)
    if not stopping.done():
        made._sender.sender_task.cancel()  # nothing public gives up a batch
    await stopping


async def publish(sender: Producer, topic: str, messages: Iterable[Message]) -> dict[int, range]:
    """Publish `messages` in their order within each partition and wait for the acknowledgements.

    Returns, for every partition written to, the offsets from the first message to the last. Raises `KafkaError` when
    the broker refuses, or has not acknowledged all within `PUBLISH_SECONDS`: then a partition holds a first part of its
    messages, never one message without those before it, and the rest may still arrive.
    """
    by_partition: dict[int, list[Message]] = {}
    for message in messages:
        by_partition.setdefault(message.partition, []).append(message)
    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            sent = await asyncio.gather(
                *(_publish_in_order(sender, topic, partition, queued) for partition, queued in by_partition.items()),
                return_exceptions=True,
            )
    except TimeoutError:
        raise KafkaError(f"Kafka did not acknowledge within {PUBLISH_SECONDS:g} seconds") from None
    failures = [outcome for outcome in sent if isinstance(outcome, BaseException)]
    if failures:
        raise failures[0]
    return dict(zip(by_partition, (offsets for offsets in sent if isinstance(offsets, range)), strict=True))


async def _publish_in_order(sender: Producer, topic: str, partition: int, queued: list[Message]) -> range:
    """Send one record batch after the other: a later one in flight could land where an earlier one failed."""
    waiting = iter(queued)
    message = next(waiting, None)
    first: int | None = None
    end = 0
    while message is not None:
        batch = sender.create_batch()
        count = 0
        while message is not None and _append(batch, message):
            count += 1
            message = next(waiting, None)
        delivery = await sender.send_batch(batch, topic, partition=partition)
        offset: int = (await delivery).offset
        first = offset if first is None else first
        end = offset + count
    return range(first or 0, end)


def _append(batch: BatchBuilder, message: Message) -> bool:
    appended = batch.append(
        key=message.key, value=message.value, timestamp=message.timestamp_ms, headers=list(message.headers)
    )
    return appended is not None


async def end_offsets(reader: Consumer, topic: str, partitions: int) -> dict[int, int]:
    """Tell, for each of the first `partitions` partitions of `topic`, the offset that its next record will get."""
    ends = await reader.end_offsets([TopicPartition(topic, number) for number in range(partitions)])
    return {partition.partition: offset for partition, offset in ends.items()}


@asynccontextmanager
async def consumer(bootstrap: str) -> AsyncIterator[Consumer]:
    """Give a consumer without a group: it reads what it is told to, and commits nothing."""
    reader = Consumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        await _started(reader)
        yield reader
    finally:
        await reader.stop()


class _Callbacks(ConsumerRebalanceListener):
    def __init__(self, revoked: Callable[[], Awaitable[None]], assigned: Callable[[], Awaitable[None]]) -> None:
        self._revoked = revoked
        self._assigned = assigned

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._revoked()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        await self._assigned()


@asynccontextmanager
async def group_consumer(bootstrap: str, group: str) -> AsyncIterator[Consumer]:
    """Give a member of `group` for `subscribe`; the caller seeks and commits, and nothing is reset."""
    reader = Consumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="none",
        session_timeout_ms=GROUP_SESSION_MS,
        heartbeat_interval_ms=GROUP_SESSION_MS // 3,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        fetch_max_wait_ms=500,
        max_partition_fetch_bytes=2 * 1024 * 1024,
        metadata_max_age_ms=METADATA_MS,
    )
    try:
        await _started(reader)
        yield reader
    finally:
        await reader.stop()


async def commit(reader: Consumer, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
    """Have Kafka keep an offset of each partition for the group, with a note; raises `KafkaError`."""
    await reader.commit(
        {TopicPartition(topic, number): OffsetAndMetadata(offset, note) for number, (offset, note) in offsets.items()}
    )


async def committed(bootstrap: str, group: str, topic: str) -> dict[int, tuple[int, str]]:
    """Give the offsets that Kafka keeps for `group`, each with its note, by partition; raises `KafkaError`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await _started(admin)
        kept = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {at.partition: (known.offset, known.metadata) for at, known in kept.items() if at.topic == topic}


def subscribe(
    reader: Consumer, topic: str, *, revoked: Callable[[], Awaitable[None]], assigned: Callable[[], Awaitable[None]]
) -> None:
    """Have a member of a group read its share of `topic`, which is `reader.assignment()`.

    Before a rebalance `revoked` is awaited, after it `assigned`, which seeks; what they raise is logged, not raised.
    """
    reader.subscribe([topic], listener=_Callbacks(revoked, assigned))
