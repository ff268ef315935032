"""The relay between the real event store and the real topic: in order, complete, one at a time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from time import monotonic

import pytest

from services.command.event_store import EventStore, NewEvent
from services.command.relay import Relay
from shared.kafka import ConsumerRecord, TopicPartition, consumer, end_offsets, partition_of
from shared.mongo import Database
from shared.settings import EngineSettings
from shared.topics import PARTITIONS, Topics

RECEIVED = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


@asynccontextmanager
async def running(*coroutines: Coroutine[None, None, None]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def relay(db: Database, settings: EngineSettings, holder: str) -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), holder)


async def append(db: Database, tickets: int, versions: range) -> None:
    store = EventStore(db)
    async with running(store.write()):
        for version in versions:
            await asyncio.gather(
                *(
                    store.append(NewEvent(f"t{n}", version, f"p{version}", "MessageAdded", RECEIVED, b'{"n":%d}' % n))
                    for n in range(tickets)
                )
            )


async def relayed(settings: EngineSettings, count: int) -> list[ConsumerRecord]:
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
    return [dict(record.headers)["ce_id"].decode() for record in records]


async def test_every_event_reaches_the_topic_once_in_version_order_with_its_headers(
    db: Database, settings: EngineSettings
) -> None:
    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=30, versions=range(1, 11))
        records = await relayed(settings, 300)
    assert len(records) == 300
    for n in range(30):
        own = [record for record in records if record.key == f"t{n}".encode()]
        assert ids(own) == [f"t{n}:{version}" for version in range(1, 11)]
        assert {record.partition for record in own} == {partition_of(f"t{n}", PARTITIONS)}
    first = records[0]
    assert json.loads(first.value) == {"n": int(first.key[1:])}
    assert first.timestamp == 1767323045678
    assert {name: value.decode() for name, value in first.headers} == {
        "ce_specversion": "1.0",
        "ce_id": f"{first.key.decode()}:1",
        "ce_type": "MessageAdded",
        "ce_source": "/ticketstream/command",
        "ce_time": "2026-01-02T03:04:05.678Z",
        "content-type": "application/json",
    }


async def test_it_goes_on_where_it_was_and_skips_nothing_that_was_written_meanwhile(
    db: Database, settings: EngineSettings
) -> None:
    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=5, versions=range(1, 4))
        await relayed(settings, 15)
    await append(db, tickets=5, versions=range(4, 7))
    async with running(relay(db, settings, "one").run()):
        records = await relayed(settings, 30)
    for n in range(5):
        own = ids([record for record in records if record.key == f"t{n}".encode()])
        assert list(dict.fromkeys(own)) == [f"t{n}:{version}" for version in range(1, 7)]


async def test_of_two_relays_one_publishes_and_the_other_takes_over(db: Database, settings: EngineSettings) -> None:
    async with running(relay(db, settings, "one").run(), relay(db, settings, "two").run()) as (one, _):
        await append(db, tickets=5, versions=range(1, 3))
        assert len(await relayed(settings, 10)) == 10
        holder = (await db.leases.find_one({"_id": "relay"}) or {})["holder"]
        if holder == "one":
            one.cancel()
            with suppress(asyncio.CancelledError):
                await one
        started = monotonic()
        await append(db, tickets=5, versions=range(3, 5))
        assert len(await relayed(settings, 20)) == 20
        assert monotonic() - started < 5


async def test_the_time_of_receipt_is_the_same_wherever_the_service_runs(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        async with running(relay(db, settings, "one").run()):
            await append(db, tickets=1, versions=range(1, 2))
            (record,) = await relayed(settings, 1)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert record.timestamp == 1767323045678
    assert dict(record.headers)["ce_time"] == b"2026-01-02T03:04:05.678Z"


async def test_one_that_waits_for_its_turn_has_no_failure(db: Database, settings: EngineSettings) -> None:
    one, two = relay(db, settings, "one"), relay(db, settings, "two")
    async with running(one.run()):
        await append(db, tickets=1, versions=range(1, 2))
        await relayed(settings, 1)
        two.failure = "Kafka was away"
        async with running(two.run()), asyncio.timeout(10):
            while two.failure:
                await asyncio.sleep(0.05)


async def test_it_publishes_nothing_to_a_topic_that_lost_acknowledged_events(
    db: Database, settings: EngineSettings
) -> None:
    await db.progress.update_one({"_id": "relay"}, {"$set": {"ends.0": 7}})
    await append(db, tickets=3, versions=range(1, 2))
    interrupted = relay(db, settings, "one")
    async with running(interrupted.run()):
        async with asyncio.timeout(10):
            while not interrupted.failure:
                await asyncio.sleep(0.05)
        assert "partition 0" in interrupted.failure
        ends = await end_offsets(settings.kafka, Topics(settings.topic_prefix).ticket_events, PARTITIONS)
        assert set(ends.values()) == {0}
