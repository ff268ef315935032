"""What stands in the topic of events, as a subscriber reads it."""

import asyncio

from shared.kafka import ConsumerRecord, TopicPartition, consumer, delete_topics, end_offsets, missing_topics
from shared.settings import EngineSettings
from shared.topics import PARTITIONS, TopicDefinition, Topics
from tests.support.views import until


async def relayed(settings: EngineSettings, count: int) -> list[ConsumerRecord]:
    """Read the topic from its beginning until `count` records came."""
    topic = Topics(settings.topic_prefix).ticket_events
    records: list[ConsumerRecord] = []
    async with consumer(settings.kafka) as reader, asyncio.timeout(20):
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        while len(records) < count:
            for fetched in (await reader.getmany(timeout_ms=200)).values():
                records += fetched
    return records


def ids(records: list[ConsumerRecord]) -> list[str]:
    """Tell the events of `records`, as `<ticket>:<version>`."""
    return [dict(record.headers)["ce_id"].decode() for record in records]


async def whole_topic(settings: EngineSettings) -> list[ConsumerRecord]:
    """Read all that stands in the topic at this moment."""
    async with consumer(settings.kafka) as reader:
        ends = await end_offsets(reader, Topics(settings.topic_prefix).ticket_events, PARTITIONS)
    return await relayed(settings, sum(ends.values()))


async def until_relayed(settings: EngineSettings, wanted: set[str], seconds: float = 60) -> list[ConsumerRecord]:
    """Wait until every event of `wanted` stands in the topic, and give the whole topic."""

    async def all_there() -> bool:
        return wanted <= set(ids(await whole_topic(settings)))

    await until(all_there, seconds)
    return await whole_topic(settings)


def assert_first_occurrences_in_order(records: list[ConsumerRecord], *, tickets: int, versions: int) -> None:
    """Of every ticket, `t0` and so on, each version comes after all earlier ones, repeats aside."""
    for n in range(tickets):
        own = ids([record for record in records if record.key == f"t{n}".encode()])
        assert list(dict.fromkeys(own)) == [f"t{n}:{version}" for version in range(1, versions + 1)]


async def lose(settings: EngineSettings, *topics: TopicDefinition) -> None:
    """Delete topics, and wait until Kafka no longer tells of them."""

    async def gone() -> bool:
        return len(await missing_topics(settings.kafka, topics)) == len(topics)

    await delete_topics(settings.kafka, topics)
    await until(gone)
