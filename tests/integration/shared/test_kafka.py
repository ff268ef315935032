"""Access to Kafka: cancelled and failing clients leave nothing behind."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared import kafka
from shared.kafka import (
    KafkaError,
    TopicPartition,
    commit,
    consumer,
    delete_topics,
    ensure_topics,
    group_consumer,
    missing_topics,
    publishing,
    subscribe,
)
from shared.kafka.publishing import Message, producer, publish
from shared.process.settings import EngineSettings
from shared.storage.topics import TopicDefinition, Topics
from tests.support.engines.foreign import MISNAMED, Foreign, stranger, write

CANCELLED_AFTER = [number / 5_000 for number in range(60)]
"""Seconds after the start of a client began. A start takes a few milliseconds."""
MESSAGE = Message(partition=0, key=b"key", value=b"value", timestamp_ms=1_500_000_000_000)


async def test_a_client_that_is_cancelled_while_it_starts_leaves_no_connection_open(settings: EngineSettings) -> None:
    topics = Topics(settings.topic_prefix).definitions()
    gc.collect()
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        for seconds in CANCELLED_AFTER:
            asking = asyncio.create_task(missing_topics(settings.kafka, topics))
            await asyncio.sleep(seconds)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        gc.collect()
    assert [str(one.message) for one in left_open if "AIOKafkaConnection" in str(one.message)] == []


async def test_topics_are_created_once_all_named_brokers_run(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "ENSURED_SECONDS", 0.5)
    topics = [TopicDefinition(f"{settings.topic_prefix}copied", 1, {})]
    with pytest.raises(KafkaError, match="only 1 of the brokers"):
        await ensure_topics(f"{settings.kafka},127.0.0.1:1", topics)
    assert await missing_topics(settings.kafka, topics) == topics


async def test_a_stopped_producer_drops_batches_that_kafka_does_not_acknowledge(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "PUBLISH_SECONDS", 0.5)
    monkeypatch.setattr(publishing, "STOP_SECONDS", 0.5)
    topic = TopicDefinition(f"{settings.topic_prefix}deleted", 1, {})
    await ensure_topics(settings.kafka, [topic])
    async with _unawaited() as reports:
        async with producer(settings.kafka) as sender:
            await publish(sender, topic.name, [MESSAGE])
            await delete_topics(settings.kafka, [topic])
            with pytest.raises(KafkaError, match="did not acknowledge"):
                await publish(sender, topic.name, [MESSAGE])
        del sender
    assert reports == []


async def test_a_cancelled_commit_leaves_no_unretrieved_failure(settings: EngineSettings) -> None:
    topic, assigned = Topics(settings.topic_prefix).ticket_events, asyncio.Event()

    async def nothing() -> None:
        pass

    async def begin() -> None:
        assigned.set()

    async with _unawaited() as reports:
        for steps in range(10):
            assigned.clear()
            async with group_consumer(settings.kafka, f"{settings.topic_prefix}group-{steps}") as reader:
                subscribe(reader, topic, revoked=nothing, assigned=begin)
                await assigned.wait()
                committing = asyncio.create_task(commit(reader, topic, {0: (1, "note")}))
                for _ in range(steps):
                    await asyncio.sleep(0)
                committing.cancel()
                await asyncio.gather(committing, return_exceptions=True)
                await reader._client.close()  # as when Kafka dies: requests in flight fail
    assert reports == []


@asynccontextmanager
async def _unawaited() -> AsyncIterator[list[str]]:
    """Yield the event loop's reports, within the block, of lost tasks and of exceptions that nothing retrieved."""
    reports: list[str] = []

    def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        reports.append(f"{context['message']} {context.get('task') or context.get('future')}")

    gc.collect()
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(tell)
    try:
        yield reports
        await asyncio.sleep(0.1)
        gc.collect()
    finally:
        loop.set_exception_handler(before)


async def test_only_the_rest_of_an_unreadable_batch_is_skipped(
    settings: EngineSettings,
) -> None:
    topic, good = Topics(settings.topic_prefix).ticket_events, Foreign()
    batches = [(good, good), (good, MISNAMED, *[good] * 50), (MISNAMED,), (good,), (MISNAMED, good), (good, good)]
    async with stranger(settings) as sender:
        for batch in batches:
            await write(sender, topic, 0, *batch)
    partition, found = TopicPartition(topic, 0), list[int]()
    async with consumer(settings.kafka) as reader, asyncio.timeout(20):
        reader.assign([partition])
        reader.seek(partition, 0)
        while await reader.position(partition) < 60:
            found += [record.offset for record in await kafka.fetch(reader, partition, timeout_ms=500)]
    assert found == [0, 1, 2, 55, 58, 59]
