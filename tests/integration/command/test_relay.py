"""The relay between the real event store and the real topic: in order, complete, one at a time."""

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from services.cli.initialise import initialise
from services.command.event_store import EventStore, NewEvent
from services.command.relay import relay as relay_module
from services.command.relay import saved_position
from services.command.relay.relay import Relay
from shared.kafka import ensure_topics, missing_topics, partition_of
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import Refill, advance_refill, begin_refill, read_publication
from shared.storage.topics import PARTITIONS, Topics
from tests.support.clients.http import free_port
from tests.support.data.tickets import TRACEPARENT, USER, life, publish_events, ticket_uid
from tests.support.engines.topic import (
    assert_first_occurrences_in_order,
    delete_until_gone,
    ids,
    relayed,
    until_relayed,
)
from tests.support.expected.views import until
from tests.support.processes.tasks import running

RECEIVED = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def relay(db: Database, settings: EngineSettings, holder: str) -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), holder)


def without_kafka(db: Database, settings: EngineSettings, holder: str) -> Relay:
    return Relay(db, f"127.0.0.1:{free_port()}", Topics(settings.topic_prefix), holder)


def event(n: int, version: int) -> NewEvent:
    return NewEvent(f"t{n}", version, f"p{version}", "MessageAdded", RECEIVED, b'{"n":%d}' % n, TRACEPARENT, USER)


async def append(db: Database, tickets: int, versions: range) -> None:
    store = EventStore(db)
    async with running(store.write()):
        for version in versions:
            await asyncio.gather(*(store.append(event(n, version)) for n in range(tickets)))


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
        "ce_generation": "1",
        "ce_user": USER,
        "traceparent": TRACEPARENT,
        "content-type": "application/json",
    }


async def test_a_restarted_relay_continues_and_skips_no_event(db: Database, settings: EngineSettings) -> None:
    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=5, versions=range(1, 4))
        await relayed(settings, 15)
    await append(db, tickets=5, versions=range(4, 7))
    async with running(relay(db, settings, "one").run()):
        records = await relayed(settings, 30)
    for n in range(5):
        own = ids([record for record in records if record.key == f"t{n}".encode()])
        assert list(dict.fromkeys(own)) == [f"t{n}:{version}" for version in range(1, 7)]


async def published(db: Database) -> int:
    """Return how many events the saved position counts as published."""
    return sum((await read_publication(db)).ends.values())


async def test_the_position_is_saved_soon_after_the_last_event(db: Database, settings: EngineSettings) -> None:
    async def saved() -> bool:
        return await published(db) == 15

    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=5, versions=range(1, 4))
        await until(saved)


async def test_a_relay_that_ends_in_order_saves_its_position_first(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (relay_module, saved_position):
        monkeypatch.setattr(module, "SAVE_SECONDS", 60.0)
    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=5, versions=range(1, 4))
        assert len(await relayed(settings, 15)) == 15
        assert await published(db) < 15
    assert await published(db) == 15


async def test_of_two_relays_one_publishes_and_the_other_takes_over(db: Database, settings: EngineSettings) -> None:
    async def holder() -> str:
        lease = await db.leases.find_one({"_id": "relay"})
        return lease["holder"] if lease else ""

    async with running(relay(db, settings, "one").run(), relay(db, settings, "two").run()) as (one, two):
        await append(db, tickets=5, versions=range(1, 3))
        assert len(await relayed(settings, 10)) == 10
        first = await holder()
        stopping = {"one": one, "two": two}[first]
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await stopping
        await append(db, tickets=5, versions=range(3, 5))
        assert len(await relayed(settings, 20)) == 20
        assert await holder() not in {"", first}


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


async def test_a_relay_that_waits_for_the_lease_has_no_failure(db: Database, settings: EngineSettings) -> None:
    two = without_kafka(db, settings, "two")

    async def has_failed() -> bool:
        return two.failure is not None

    async def waits() -> bool:
        return two.failure is None and two.lag_seconds == 0

    async with running(two.run()):
        await until(has_failed)
        async with running(relay(db, settings, "one").run()):
            await append(db, tickets=1, versions=range(1, 2))
            await relayed(settings, 1)
            await until(waits)


async def test_while_all_fail_in_turns_each_lags_further_and_further(db: Database, settings: EngineSettings) -> None:
    one, two = without_kafka(db, settings, "one"), without_kafka(db, settings, "two")

    async def both_lag() -> bool:
        return min(one.lag_seconds, two.lag_seconds) > 5

    async with running(one.run(), two.run()):
        await until(both_lag)
    assert one.failure
    assert two.failure


async def test_a_topic_that_lost_published_records_is_filled_again_as_a_new_generation(
    db: Database, settings: EngineSettings
) -> None:
    await db.progress.update_one({"_id": "relay"}, {"$set": {"ends.0": 7}})
    await append(db, tickets=30, versions=range(1, 6))
    async with running(relay(db, settings, "one").run()):
        records = await until_relayed(settings, {f"t{n}:{version}" for n in range(30) for version in range(1, 6)})
    assert_first_occurrences_in_order(records, tickets=30, versions=5)
    publication = await read_publication(db)
    assert publication.generation > 1
    assert publication.refill is None


@pytest.mark.parametrize("generation", [1, 5])
async def test_events_missing_in_the_store_start_a_new_generation(
    db: Database, settings: EngineSettings, generation: int
) -> None:
    unknown = life(ticket_uid(1), 3)
    await publish_events(settings, unknown, generation)
    await append(db, tickets=9, versions=range(1, 4))
    async with running(relay(db, settings, "one").run()):
        wanted = {f"t{n}:{version}" for n in range(9) for version in range(1, 4)}
        records = await until_relayed(settings, wanted)
    publication = await read_publication(db)
    begun = publication.generation
    assert begun > generation
    assert {number: end for number, end in publication.base.items() if end} == {
        partition_of(unknown[0].ticket, PARTITIONS): len(unknown)
    }
    later = [record for record in records if dict(record.headers)["ce_generation"] == str(begun).encode()]
    assert set(ids(later)) == wanted
    assert all(record.offset >= publication.first_offset(record.partition) for record in later)


async def test_published_events_with_an_unsaved_position_start_no_new_generation(
    db: Database, settings: EngineSettings
) -> None:
    events = life(ticket_uid(1), 3)
    await db.events.insert_many([event.document() for event in events])
    await publish_events(settings, events)
    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=3, versions=range(1, 2))
        await until_relayed(settings, {"t0:1", "t1:1", "t2:1"})
    assert (await read_publication(db)).generation == 1


async def test_a_refill_names_the_user_of_each_event_that_has_one(db: Database, settings: EngineSettings) -> None:
    before = [event.document() for event in life(ticket_uid(1), 3)]
    for each in before:
        del each["user"]
    await db.events.insert_many(before)
    await append(db, tickets=2, versions=range(1, 3))
    await begin_refill(db, await read_publication(db), {})
    async with running(relay(db, settings, "one").run()):
        records = await until_relayed(settings, {each["_id"] for each in before} | {"t0:2", "t1:2"})
    users = {record.key.decode(): dict(record.headers).get("ce_user") for record in records}
    assert users == {ticket_uid(1): None, "t0": USER.encode(), "t1": USER.encode()}


async def test_an_interrupted_refill_continues_after_the_last_saved_ticket(
    db: Database, settings: EngineSettings
) -> None:
    await append(db, tickets=9, versions=range(1, 4))
    begun = await begin_refill(db, await read_publication(db), {})
    assert begun.refill == Refill("", 0, 27)
    await advance_refill(db, begun, "t4", 15, {}, withheld={})
    async with running(relay(db, settings, "one").run()):
        remaining = {f"t{n}:{version}" for n in range(5, 9) for version in range(1, 4)}
        assert set(ids(await until_relayed(settings, remaining))) == remaining
        await append(db, tickets=9, versions=range(4, 5))
        await until_relayed(settings, {f"t{n}:4" for n in range(9)})


async def test_a_ticket_that_grows_during_a_refill_is_published_in_order(
    db: Database, settings: EngineSettings
) -> None:
    await append(db, tickets=5, versions=range(1, 4))
    await begin_refill(db, await read_publication(db), {})
    await db.events.delete_one({"_id": "t2:2"})  # as if the store had been read before this event was stored
    async with running(relay(db, settings, "one").run()):
        others = {f"t{n}:{version}" for n in (0, 1, 3, 4) for version in range(1, 4)}
        records = await until_relayed(settings, others)
    assert {name for name in ids(records) if name.startswith("t2")} == {"t2:1"}


async def test_two_active_relays_keep_first_occurrences_in_order(db: Database, settings: EngineSettings) -> None:
    """The lease is deleted again and again while events come. Each relay publishes until it notices the loss."""

    async def take_the_lease_away() -> None:
        while True:
            await db.leases.delete_many({})
            await asyncio.sleep(0.1)

    one, two = relay(db, settings, "one"), relay(db, settings, "two")
    async with running(one.run(), two.run()):
        async with running(take_the_lease_away()):
            for version in range(1, 41):
                await append(db, tickets=10, versions=range(version, version + 1))
                await asyncio.sleep(0.05)
        wanted = {f"t{n}:{version}" for n in range(10) for version in range(1, 41)}
        records = await until_relayed(settings, wanted)
    assert_first_occurrences_in_order(records, tickets=10, versions=40)


async def test_a_missing_topic_stops_the_relay_until_it_is_created_again(
    db: Database, settings: EngineSettings
) -> None:
    await append(db, tickets=3, versions=range(1, 3))
    stopped = relay(db, settings, "one")
    async with running(stopped.run()):
        await relayed(settings, 6)
        await delete_until_gone(settings, Topics(settings.topic_prefix).definitions()[0])
        await append(db, tickets=3, versions=range(3, 4))
        async with asyncio.timeout(60):
            while not (stopped.failure and "republish" in stopped.failure):
                await asyncio.sleep(0.05)
        await initialise(settings)  # starting a platform again does not create an empty topic in place of a lost one
        assert await missing_topics(settings.kafka, Topics(settings.topic_prefix).definitions())
        await ensure_topics(settings.kafka, Topics(settings.topic_prefix).definitions())
        await begin_refill(db, await read_publication(db), {})
        wanted = {f"t{n}:{version}" for n in range(3) for version in range(1, 4)}
        records = await until_relayed(settings, wanted)
    assert_first_occurrences_in_order(records, tickets=3, versions=3)


async def test_an_idle_relay_notices_that_the_topic_lost_records(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "LOOK_SECONDS", 0.5)
    topic = Topics(settings.topic_prefix).definitions()[0]
    await append(db, tickets=3, versions=range(1, 3))
    async with running(relay(db, settings, "one").run()):
        await relayed(settings, 6)
        await until(lambda: _is_noted(db, 6))
        await delete_until_gone(settings, topic)
        await ensure_topics(settings.kafka, [topic])
        wanted = {f"t{n}:{version}" for n in range(3) for version in range(1, 3)}
        records = await until_relayed(settings, wanted)
    assert_first_occurrences_in_order(records, tickets=3, versions=2)


async def _is_noted(db: Database, events: int) -> bool:
    return bool(sum((await read_publication(db)).ends.values()) == events)
