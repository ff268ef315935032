"""Reads from MongoDB and Kafka the facts that `status` needs about the events on their way to the views."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.kafka import Consumer, TopicPartition, consumer, fetch
from shared.mongo import Document, connected, database
from shared.process.heartbeats import living
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import Checkpoint, read_all
from shared.storage.publication import Publication, read_publication
from shared.storage.topics import Topics
from shared.storage.waiting_events import Unpublished, read_unpublished

TIMEOUT_MS = 2_000
HEADS_WITHIN = 10.0
FETCH_MS = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Facts:
    """What MongoDB holds: heartbeats, publication position, checkpoints, and the count of unpublished events."""

    heartbeats: list[Document]
    publication: Publication
    checkpoints: list[Checkpoint]
    unpublished: Unpublished


async def read_facts(engines: EngineSettings) -> Facts:
    """Read MongoDB in the order that the lag needs; raises `PyMongoError` or `NotInitialisedError`."""
    async with connected(engines.mongo, timeout_ms=TIMEOUT_MS) as client:
        db = database(client, engines.database)
        heartbeats = await living(db)
        publication = await read_publication(db)
        checkpoints = await read_all(db)
        return Facts(heartbeats, publication, checkpoints, await read_unpublished(db, publication))


async def read_heads(engines: EngineSettings, published: Mapping[int, range]) -> list[datetime]:
    """Return when the first event of each range of offsets was received, if its record is readable and has a date.

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
        dates = [await _date_of_next(reader, partition, published[partition.partition].stop) for partition in firsts]
        return [date for date in dates if date]


async def _date_of_next(reader: Consumer, partition: TopicPartition, end: int) -> datetime | None:
    """Return the date of the next record of a partition before the offset `end`."""
    while await reader.position(partition) < end:
        if records := await fetch(reader, partition, timeout_ms=FETCH_MS, max_records=1):
            return _date(records[0].timestamp)
    return None


def _date(milliseconds: int) -> datetime | None:
    """Return a record's timestamp as a date, or None; other programs may have written any number."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds >= 0 else None
    except OverflowError:
        return None
