"""Follow the topic of events, and keep a database of its own that holds every event exactly once.

    BROKERS=kafka:9092 python keep_events.py events.sqlite

What is made of the events and the place to continue at are written in one transaction. So no kill at any moment loses
an event or counts it twice, and Kafka needs to remember nothing. Needs `pip install aiokafka`. `TOPIC` names the topic
of a platform with a prefix.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

PARTITIONS = 12
"""The topic has twelve partitions, for ever. All events of a ticket are in the same one, in their order."""
BATCH = 500
WAIT_MS = 1_000

TABLES = """
CREATE TABLE IF NOT EXISTS events (
    ticket TEXT, version INTEGER, type TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (ticket, version));
CREATE TABLE IF NOT EXISTS counts (type TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS places (part INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS generation (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);
INSERT OR IGNORE INTO generation VALUES (1, 0);
"""


class Event(NamedTuple):
    """A record of the topic."""

    ticket: str
    version: int
    type: str
    body: str
    generation: int


def read(record: Any) -> Event:
    """Return a record as an event."""
    headers = {name: value.decode() for name, value in record.headers}
    ticket, version = headers["ce_id"].split(":")
    return Event(ticket, int(version), headers["ce_type"], record.value.decode(), int(headers["ce_generation"]))


def keep(database: sqlite3.Connection, records: Mapping[int, list[Any]]) -> bool:
    """Write the records of some partitions and the places behind them, in one transaction.

    Returns False if a new generation began. Everything is deleted then, and the topic must be read from its beginning.
    """
    events = {part: [read(record) for record in found] for part, found in records.items()}
    (known,) = database.execute("SELECT number FROM generation").fetchone()
    newest = max(event.generation for found in events.values() for event in found)
    with database:  # one transaction
        if newest > known:
            for table in ("events", "counts", "places"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - the names above
            database.execute("UPDATE generation SET number = ?", (newest,))
            return False
        for part, found in events.items():
            count(database, (event for event in found if event.generation == known))
            database.execute("INSERT OR REPLACE INTO places VALUES (?, ?)", (part, records[part][-1].offset + 1))
    return True


def count(database: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Keep and count these events. Put what your system makes of an event here."""
    for event in events:
        row = (event.ticket, event.version, event.type, event.body)
        if database.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", row).rowcount:  # otherwise a repeat
            database.execute(
                "INSERT INTO counts VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET number = number + 1", (event.type,)
            )


async def main(file: str) -> None:
    """Follow the topic until the program is stopped."""
    database = sqlite3.connect(file)
    database.executescript(TABLES)
    topic = os.environ.get("TOPIC", "ticket-events")
    partitions = [TopicPartition(topic, part) for part in range(PARTITIONS)]
    # If Kafka no longer has a place, for instance of a topic that was lost, the partition is read from its beginning.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=os.environ["BROKERS"], enable_auto_commit=False, auto_offset_reset="earliest"
    )
    async with consumer:
        consumer.assign(partitions)
        places = dict(database.execute("SELECT part, next FROM places").fetchall())
        for partition in partitions:
            consumer.seek(partition, places.get(partition.partition, 0))
        while True:
            batch = await consumer.getmany(timeout_ms=WAIT_MS, max_records=BATCH)
            records = {partition.partition: found for partition, found in batch.items()}
            if records and not keep(database, records):
                await consumer.seek_to_beginning(*partitions)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
