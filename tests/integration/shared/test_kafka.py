"""The door to Kafka: what it leaves behind."""

import asyncio
import gc
import warnings

from shared.kafka import missing_topics
from shared.settings import EngineSettings
from shared.topics import Topics

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
