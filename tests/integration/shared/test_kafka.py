"""The door to Kafka: what it leaves behind."""

import asyncio
import gc
import warnings

import pytest

from shared import kafka
from shared.kafka import KafkaError, ensure_topics, missing_topics
from shared.settings import EngineSettings
from shared.topics import TopicDefinition, Topics

CANCELLED_AFTER = [number / 5_000 for number in range(60)]
"""Seconds into the start of a client, which takes a few milliseconds."""


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


async def test_topics_are_made_once_all_named_brokers_are_there(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "ENSURED_SECONDS", 0.5)
    topics = [TopicDefinition(f"{settings.topic_prefix}copied", 1, {})]
    with pytest.raises(KafkaError, match="only 1 run"):
        await ensure_topics(f"{settings.kafka},127.0.0.1:1", topics)
    assert await missing_topics(settings.kafka, topics) == topics
