"""Access to Kafka: topics, offsets and consumers. `shared.kafka.publishing` writes records."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer as Consumer
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    CorruptRecordException,
    KafkaConnectionError,
    KafkaError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    UnsupportedCodecError,
    for_code,
)
from aiokafka.partitioner import murmur2
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.structs import OffsetAndMetadata

from shared.explained_error import ExplainedError
from shared.storage.topics import TopicDefinition
from shared.telemetry import logger

__all__ = [
    "UNREADABLE",
    "Consumer",
    "ConsumerRecord",
    "IncompleteTopicError",
    "KafkaConnectionError",
    "KafkaError",
    "NotReadyError",
    "OffsetOutOfRangeError",
    "TopicPartition",
    "batch_at",
    "commit",
    "committed",
    "configure_topics",
    "consumer",
    "delete_topics",
    "end_offsets",
    "ensure_groups",
    "ensure_topics",
    "fetch",
    "group_consumer",
    "missing_topics",
    "partition_of",
    "ping",
    "started",
    "subscribe",
]

REQUEST_TIMEOUT_MS = 10_000
STOP_SECONDS = 3.0
"""Seconds that an interrupted start or a producer's stop may take."""
DYNAMIC_TOPIC_CONFIG = 1
"""Kafka's number for the source of a setting of the topic itself, not of the broker or of a default."""
REPLICATION = 3
"""Replication factor of new topics, if there are as many brokers."""
ENSURED_SECONDS = 10.0
"""Seconds that brokers, and leaders of topics, may take to be available."""
GROUP_SESSION_MS = 6_000
"""Session timeout: another member gets a dead member's partitions after this time."""
METADATA_MS = 10_000
"""A consumer notices a topic that was deleted and made again after this time. The default is five minutes."""
UNREADABLE = (CorruptRecordException, UnicodeDecodeError, UnsupportedCodecError)
"""Raised by aiokafka for a record that the broker accepted: a header name is not UTF-8, or a codec is not supported."""
BATCH_HEADER, CONTROL = struct.Struct(">q13xhi"), 0x20
"""Header of a record batch: base offset, attributes, last offset delta. `CONTROL` is the attributes' control bit."""
CACHED_PARTITIONS = 50_000
"""Keys whose partition is cached. The hash is plain Python, and the events of a ticket come close together."""

log = logger(__name__)


class NotReadyError(KafkaError):
    """Kafka cannot do its work yet. The text is the reason, in words for whoever runs it."""


class IncompleteTopicError(ExplainedError):
    """A topic has fewer partitions than it must have."""


async def started(client: AIOKafkaAdminClient | Consumer | AIOKafkaProducer) -> None:
    """Start `client`. If cancelled, first wait for the start: a cancelled start leaks its connection.

    See aiokafka's issue 715. The caller must stop the client in both cases.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting}, timeout=STOP_SECONDS)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


@lru_cache(maxsize=CACHED_PARTITIONS)
def partition_of(key: str, partitions: int) -> int:
    """Return the partition of `key`: that of Java's default partitioner, so that all producers agree."""
    hashed: int = murmur2(key.encode())
    return (hashed & 0x7FFFFFFF) % partitions


@asynccontextmanager
async def _administrator(bootstrap: str, timeout_ms: int = REQUEST_TIMEOUT_MS) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=timeout_ms)
    try:
        await started(admin)
        yield admin
    finally:
        await admin.close()


async def ping(bootstrap: str, *, timeout_ms: int = REQUEST_TIMEOUT_MS) -> int:
    """Return how many brokers run, once one answers at `bootstrap`. Raises `KafkaError` when none does.

    `timeout_ms` limits the connection to each address of `bootstrap`, and each answer.
    """
    async with _administrator(bootstrap, timeout_ms) as admin:
        return len((await admin.describe_cluster())["brokers"])


async def ensure_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> None:
    """Create the topics that are missing, and wait until each partition has a leader.

    Raises `IncompleteTopicError`, `NotReadyError` when a leader or a broker of `bootstrap` is missing for ten seconds,
    or another `KafkaError`.
    """
    wanted = {topic.name: topic for topic in topics}
    async with _administrator(bootstrap) as admin:
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
        try:
            async with asyncio.timeout(ENSURED_SECONDS):
                while not _all_led(await admin.describe_topics(list(wanted)), wanted):
                    await asyncio.sleep(0.05)
        except TimeoutError as late:
            raise NotReadyError(f"it has no leader for {', '.join(wanted)} after ten seconds") from late


async def ensure_groups(bootstrap: str) -> None:
    """Return once Kafka stores offsets of consumer groups. The first request makes it create its topic for them.

    Raises `KafkaError`, also when that takes longer than ten seconds.
    """
    async with _administrator(bootstrap) as admin:
        deadline = monotonic() + ENSURED_SECONDS
        while True:
            try:
                await admin.list_consumer_group_offsets("ticketstream")
            except KafkaError as not_yet:
                if not not_yet.retriable or monotonic() > deadline:
                    raise
            else:
                return
            await asyncio.sleep(0.05)


async def _copies(admin: AIOKafkaAdminClient, bootstrap: str) -> int:
    """Return the replication factor, once the named brokers run. A topic keeps the factor that it is created with."""
    wanted = min(REPLICATION, len(bootstrap.split(",")))
    deadline = monotonic() + ENSURED_SECONDS
    while (present := len((await admin.describe_cluster())["brokers"])) < wanted:
        if monotonic() > deadline:
            raise NotReadyError(f"only {present} of the brokers {bootstrap} run")
        await asyncio.sleep(0.2)
    return min(REPLICATION, present)


async def missing_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> list[TopicDefinition]:
    """Return those of `topics` that Kafka does not have. Raises `IncompleteTopicError` or `KafkaError`."""
    async with _administrator(bootstrap) as admin:
        return await _missing(admin, topics)


async def _missing(admin: AIOKafkaAdminClient, topics: Iterable[TopicDefinition]) -> list[TopicDefinition]:
    wanted = {topic.name: topic for topic in topics}
    present = wanted.keys() & set(await admin.list_topics())
    for described in await admin.describe_topics(list(present)) if present else ():
        name, partitions = described["topic"], len(described["partitions"])
        if 0 < partitions < wanted[name].partitions:
            raise IncompleteTopicError(
                f"Kafka's topic {name} was created by another program, with {partitions} of {wanted[name].partitions} "
                "partitions; delete it, and keep Kafka from creating topics itself (auto.create.topics.enable=false)."
            )
    return [topic for topic in wanted.values() if topic.name not in present]


async def configure_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> None:
    """Apply the settings of `topics` to those that exist, and keep their other settings. Raises `KafkaError`."""
    wanted = {topic.name: topic.config for topic in topics}
    async with _administrator(bootstrap) as admin:
        present = wanted.keys() & set(await admin.list_topics())
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
        differing = []
        for _, _, _, name, settings in _resources(await admin.describe_configs(asked)):
            own = {setting: value for setting, value, _, source, *_ in settings if source == DYNAMIC_TOPIC_CONFIG}
            if not wanted[name].items() <= own.items():  # a request removes every setting that it does not name
                differing.append(ConfigResource(ConfigResourceType.TOPIC, name, configs=own | wanted[name]))
        if differing:
            _resources(await admin.alter_configs(differing))


def _resources(replies: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the resources of replies about settings. Raises the first `KafkaError` in them."""
    resources = [resource for reply in replies for resource in reply.resources]
    for code, reason, *_ in resources:
        if code:
            raise for_code(code)(reason)
    return resources


async def delete_topics(bootstrap: str, topics: Iterable[TopicDefinition]) -> None:
    """Delete `topics` with all their records. Raises `KafkaError`."""
    async with _administrator(bootstrap) as admin:
        await admin.delete_topics([topic.name for topic in topics])


def _all_led(described: Sequence[dict[str, object]], wanted: dict[str, TopicDefinition]) -> bool:
    led = {}
    for topic in described:
        partitions = topic["partitions"]
        if isinstance(partitions, list):
            led[topic["topic"]] = sum(partition["leader"] >= 0 for partition in partitions)
    return all(led.get(name) == topic.partitions for name, topic in wanted.items())


async def end_offsets(reader: Consumer, topic: str, partitions: int) -> dict[int, int]:
    """Return the end offset of each of the first `partitions` partitions of `topic`, by partition."""
    ends = await reader.end_offsets([TopicPartition(topic, number) for number in range(partitions)])
    return {partition.partition: offset for partition, offset in ends.items()}


@asynccontextmanager
async def consumer(bootstrap: str) -> AsyncIterator[Consumer]:
    """Yield a consumer without a group. The caller assigns partitions and seeks; the consumer commits nothing."""
    reader = Consumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        await started(reader)
        yield reader
    finally:
        await reader.stop()


async def fetch(
    reader: Consumer, partition: TopicPartition, *, timeout_ms: int, max_records: int | None = None
) -> list[ConsumerRecord]:
    """Return the next records of an assigned partition, or none after `timeout_ms`. The consumer has no group.

    When aiokafka cannot read a record, this logs it and skips the rest of its record batch. Raises `KafkaError`.
    """
    began = await reader.position(partition)
    try:
        fetched = await reader.getmany(partition, timeout_ms=timeout_ms, max_records=max_records)
    except UNREADABLE:
        reader.seek(partition, began)
    else:
        records: list[ConsumerRecord] = fetched.get(partition, [])
        return records
    records = []
    try:
        while one := (await reader.getmany(partition, timeout_ms=timeout_ms, max_records=1)).get(partition):
            records += one
    except UNREADABLE as failure:
        first = records[-1].offset + 1 if records else began
        behind, _ = await batch_at(reader, partition, first)
        reader.seek(partition, behind)
        at = {"topic": partition.topic, "partition": partition.partition, "offset": first, "next": behind}
        log.error("records_unreadable", **at, kind=type(failure).__name__)
    return records


async def batch_at(reader: Consumer, partition: TopicPartition, offset: int) -> tuple[int, bool]:
    """Return the offset after the record batch that holds `offset`, and whether it is a control batch.

    This sends its own fetch request, because aiokafka always reads the records of a batch. Raises `KafkaError`.
    """
    request = FetchRequest(0, 1, 1, 0, [(partition.topic, [(partition.partition, offset, 1)])])
    leader = reader._client.cluster.leader_for_partition(partition)
    reply = await reader._client.send(leader, request)
    ((_, ((_, code, *_, batches),)),) = reply.topics
    if code:
        raise for_code(code)(f"{partition}")
    if len(batches) < BATCH_HEADER.size:
        raise KafkaError(f"{partition} has nothing at offset {offset}")
    base, attributes, last = BATCH_HEADER.unpack_from(batches)
    return int(base + last + 1), bool(attributes & CONTROL)


class _Callbacks(ConsumerRebalanceListener):
    def __init__(
        self, reader: Consumer, revoked: Callable[[], Awaitable[None]], assigned: Callable[[], Awaitable[None]]
    ) -> None:
        self._reader = reader
        self._revoked = revoked
        self._assigned = assigned

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._revoked()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        for partition in assigned:  # before aiokafka asks for a committed offset, and fails without one
            self._reader.pause(partition)
            self._reader.seek(partition, 0)
        await self._assigned()


@asynccontextmanager
async def group_consumer(bootstrap: str, group: str, name: str | None = None) -> AsyncIterator[Consumer]:
    """Yield a member of `group` for `subscribe`. The caller resumes, seeks and commits; offsets are never reset.

    `name` makes it a static member: after a kill and a restart it gets its partitions back at once. A member that ends
    in order leaves the group, so that other members get them at once.
    """
    reader = Consumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        group_instance_id=name,
        enable_auto_commit=False,
        auto_offset_reset="none",
        session_timeout_ms=GROUP_SESSION_MS,
        heartbeat_interval_ms=GROUP_SESSION_MS // 3,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        fetch_max_wait_ms=500,
        max_partition_fetch_bytes=1024 * 1024,
        metadata_max_age_ms=METADATA_MS,
    )
    try:
        await started(reader)
        yield reader
    finally:
        if coordinator := reader._coordinator:  # aiokafka has no public call that lets a static member leave
            coordinator._group_instance_id = None
        await reader.stop()


async def commit(reader: Consumer, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
    """Commit an offset of each partition for the group, with a note as metadata. Raises `KafkaError`.

    This sends one request, once the group's coordinator is known, and stops when cancelled. aiokafka's own `commit`
    continues after a cancellation, and nothing reports its failure.
    """
    kept = {
        TopicPartition(topic, number): OffsetAndMetadata(offset, note) for number, (offset, note) in offsets.items()
    }
    await reader._coordinator.ensure_coordinator_known()
    await reader._coordinator._do_commit_offsets(None, kept)


async def committed(bootstrap: str, group: str, topic: str) -> dict[int, tuple[int, str]]:
    """Return the committed offsets of `group` in `topic` with their notes, by partition. Raises `KafkaError`."""
    async with _administrator(bootstrap) as admin:
        kept = await admin.list_consumer_group_offsets(group)
    return {at.partition: (known.offset, known.metadata) for at, known in kept.items() if at.topic == topic}


def subscribe(
    reader: Consumer, topic: str, *, revoked: Callable[[], Awaitable[None]], assigned: Callable[[], Awaitable[None]]
) -> None:
    """Subscribe a group member to `topic`. `reader.assignment()` holds the partitions that it gets.

    Before a rebalance it awaits `revoked`. After it, all partitions are paused, and `assigned` must seek and resume.
    Exceptions of both are logged, not raised.
    """
    reader.subscribe([topic], listener=_Callbacks(reader, revoked, assigned))
