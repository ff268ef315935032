"""The content and the settings of the topic of events."""

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.kafka import (
    ConsumerRecord,
    TopicPartition,
    configure_topics,
    consumer,
    delete_topics,
    end_offsets,
    missing_topics,
)
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS, TopicDefinition, Topics
from tests.support.expected.views import until


async def relayed(settings: EngineSettings, count: int) -> list[ConsumerRecord]:
    """Read the topic from its beginning until `count` records have come."""
    topic = Topics(settings.topic_prefix).ticket_events
    records: list[ConsumerRecord] = []
    async with consumer(settings.kafka) as reader, asyncio.timeout(60):
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        while len(records) < count:
            for fetched in (await reader.getmany(timeout_ms=200)).values():
                records += fetched
    return records


def ids(records: list[ConsumerRecord]) -> list[str]:
    """Return the event ids of `records`, each `<ticket>:<version>`."""
    return [dict(record.headers)["ce_id"].decode() for record in records]


async def whole_topic(settings: EngineSettings) -> list[ConsumerRecord]:
    """Read all records that the topic holds now."""
    async with consumer(settings.kafka) as reader:
        ends = await end_offsets(reader, Topics(settings.topic_prefix).ticket_events, PARTITIONS)
    return await relayed(settings, sum(ends.values()))


async def until_relayed(settings: EngineSettings, wanted: set[str], seconds: float = 60) -> list[ConsumerRecord]:
    """Wait until the topic holds every event of `wanted`, and return all its records."""

    async def all_there() -> bool:
        return wanted <= set(ids(await whole_topic(settings)))

    await until(all_there, seconds)
    return await whole_topic(settings)


def assert_first_occurrences_in_order(records: list[ConsumerRecord], *, tickets: int, versions: int) -> None:
    """Assert that the versions of each ticket, `t0` and so on, first occur in ascending order."""
    for n in range(tickets):
        own = ids([record for record in records if record.key == f"t{n}".encode()])
        assert list(dict.fromkeys(own)) == [f"t{n}:{version}" for version in range(1, versions + 1)]


async def set_on_topic(settings: EngineSettings, **changed: str) -> None:
    """Change settings of the topic of events and wait until they hold; `_` stands for `.` in their names."""
    config = {name.replace("_", "."): value for name, value in changed.items()}
    name = Topics(settings.topic_prefix).ticket_events
    await configure_topics(settings.kafka, [TopicDefinition(name, PARTITIONS, config)])
    await set_by_now(settings, name, config)


async def set_by_now(settings: EngineSettings, topic: str, config: Mapping[str, str]) -> None:
    """Wait until a topic has these settings: brokers learn them after the answer."""

    async def is_set() -> bool:
        return config.items() <= (await set_of_topic(settings, topic)).items()

    await until(is_set)


async def set_of_topic(settings: EngineSettings, topic: str) -> dict[str, str]:
    """Return a topic's settings in effect: its own, the broker's, or the defaults."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        (reply,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    return {name: value for *_, kept in reply.resources for name, value, *_ in kept}


async def delete_until_gone(settings: EngineSettings, *topics: TopicDefinition) -> None:
    """Delete topics, and wait until Kafka no longer lists them."""

    async def gone() -> bool:
        return len(await missing_topics(settings.kafka, topics)) == len(topics)

    await delete_topics(settings.kafka, topics)
    await until(gone)
