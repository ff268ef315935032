"""Reads from MongoDB and Kafka the facts that `status` needs about the events on their way to the views."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.cli.exit_status import EngineError, explained
from shared.kafka import Consumer, TopicPartition, consumer, fetch, ping
from shared.mongo import Document, Servers, UnsuitableError, connected, database, servers
from shared.process.heartbeats import living
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import Checkpoint, read_all
from shared.storage.publication import NotInitialisedError, Publication, read_publication
from shared.storage.topics import Topics
from shared.storage.waiting_events import Unpublished, read_unpublished

TIMEOUT_MS = 2_000
FACTS_WITHIN = 4.0
"""Seconds after which the reading of MongoDB stops."""
BROKERS_WITHIN, BROKER_MS = 2.0, 1_000
"""Seconds in which one of Kafka's brokers must answer, and milliseconds for each address."""
HEADS_WITHIN = 2.0
"""Seconds in which Kafka must return the first waiting records."""
FETCH_MS = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Flow:
    """How far the events are: publication position, checkpoints, and the unpublished events; None if not counted."""

    publication: Publication
    checkpoints: list[Checkpoint]
    unpublished: Unpublished | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What MongoDB knows: its servers, the living services' heartbeats, and how far the events are.

    `flow` is None in a database that is not set up. `objections` are sentences about what could not be read.
    """

    servers: Servers
    heartbeats: list[Document]
    flow: Flow | None
    objections: tuple[str, ...] = ()


async def read_facts(engines: EngineSettings) -> Facts:
    """Read MongoDB in the order that the lag needs. Raises `PyMongoError`."""
    try:
        async with asyncio.timeout(FACTS_WITHIN), connected(engines.mongo, timeout_ms=TIMEOUT_MS) as client:
            db = database(client, engines.database)
            members, heartbeats = await asyncio.gather(servers(client), living(db))
            try:
                publication = await read_publication(db)
            except NotInitialisedError as missing:
                return Facts(members, heartbeats, None, (str(missing),))
            checkpoints = await read_all(db)
            try:
                with explained(engines):
                    unpublished = await read_unpublished(db, publication)
            except EngineError as uncounted:
                return Facts(members, heartbeats, Flow(publication, checkpoints, None), (str(uncounted),))
            return Facts(members, heartbeats, Flow(publication, checkpoints, unpublished))
    except TimeoutError as late:
        raise UnsuitableError(f"it does not answer within {FACTS_WITHIN:g} seconds") from late


async def count_brokers(engines: EngineSettings) -> int:
    """Return how many of Kafka's brokers run. Raises `KafkaError`, or `TimeoutError` after `BROKERS_WITHIN` seconds."""
    async with asyncio.timeout(BROKERS_WITHIN):
        return await ping(engines.kafka, timeout_ms=BROKER_MS)


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
