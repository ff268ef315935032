"""What MongoDB and Kafka tell of the way of the events: the only part of `status` that asks them."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from services.cli.lag import Unpublished
from shared.heartbeats import living
from shared.kafka import TopicPartition, consumer
from shared.mongo import Database, Document, changes, connected, database, operation_time
from shared.relay_position import relay_progress, unpublished_from
from shared.settings import EngineSettings
from shared.topics import Topics

TIMEOUT_MS = 2_000
COUNTED_WITHIN = 3.0
"""Seconds after which no more unpublished events are counted."""
GROUP = 10_000
SILENCE_MS = 10
HEADS_WITHIN = 10.0
RECEIVED: list[Document] = [
    {"$match": {"operationType": "insert"}},
    {"$project": {"clusterTime": 1, "fullDocument.sentDate": 1}},
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What MongoDB tells: documents of the living services, of the relay and of the partitions, and a count."""

    heartbeats: list[Document]
    progress: Document
    checkpoints: list[Document]
    unpublished: Unpublished


async def read_facts(engines: EngineSettings) -> Facts:
    """Ask MongoDB, in the order that makes a lag; raises `PyMongoError` or `NotInitialisedError`."""
    async with connected(engines.mongo, timeout_ms=TIMEOUT_MS) as client:
        db = database(client, engines.database)
        heartbeats = await living(db)
        progress = await relay_progress(db)
        checkpoints = await db.checkpoints.find().sort("_id", 1).to_list(None)
        return Facts(heartbeats, progress, checkpoints, await read_unpublished(db, progress))


async def read_unpublished(
    db: Database, progress: Document, *, group: int = GROUP, seconds: float = COUNTED_WITHIN
) -> Unpublished:
    """Count the events that were stored until now, and the relay has not published; raises `PyMongoError`."""
    now, deadline = await operation_time(db), monotonic() + seconds
    stored = changes(db.events, RECEIVED, position=unpublished_from(progress), group=group, wait_ms=SILENCE_MS)
    events, oldest = 0, None
    async with aclosing(stored):
        async for inserted, _ in stored:
            earlier = [change["fullDocument"]["sentDate"] for change in inserted if change["clusterTime"] <= now]
            events += len(earlier)
            oldest = oldest or next(iter(earlier), None)
            if len(earlier) < len(inserted) or not inserted:
                break
            if monotonic() > deadline:
                return Unpublished(events, oldest, exact=False)
    return Unpublished(events, oldest, exact=True)


async def read_heads(engines: EngineSettings, published: Mapping[int, range]) -> list[datetime]:
    """Tell when the first event of each range of offsets was received.

    Raises `KafkaError`, or `TimeoutError` after `HEADS_WITHIN` seconds.
    """
    if not published:
        return []
    topic = Topics(engines.topic_prefix).ticket_events
    async with asyncio.timeout(HEADS_WITHIN), consumer(engines.kafka) as reader:
        firsts = {TopicPartition(topic, number): offsets.start for number, offsets in published.items()}
        reader.assign(list(firsts))
        for partition, first in firsts.items():
            reader.seek(partition, first)
        records = [await reader.getone(partition) for partition in firsts]
        return [datetime.fromtimestamp(record.timestamp / 1_000, UTC) for record in records]
