"""The relay between the real event store and the real topic: in order, complete, one at a time."""

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

import pytest

from services.cli.initialise import initialise
from services.command.event_store import EventStore, NewEvent
from services.command.relay import Relay
from shared.kafka import ensure_topics, missing_topics, partition_of
from shared.mongo import Database
from shared.relay_position import advance_refill, begin_refill, relay_progress
from shared.settings import EngineSettings
from shared.topics import PARTITIONS, Topics
from tests.support.http import free_port
from tests.support.tasks import running
from tests.support.tickets import TRACEPARENT, life, publish_events, ticket_uid
from tests.support.topic import assert_first_occurrences_in_order, ids, lose, relayed, until_relayed
from tests.support.views import until

RECEIVED = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def relay(db: Database, settings: EngineSettings, holder: str) -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), holder)


def without_kafka(db: Database, settings: EngineSettings, holder: str) -> Relay:
    return Relay(db, f"127.0.0.1:{free_port()}", Topics(settings.topic_prefix), holder)


def event(n: int, version: int) -> NewEvent:
    return NewEvent(f"t{n}", version, f"p{version}", "MessageAdded", RECEIVED, b'{"n":%d}' % n, TRACEPARENT)


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
        "traceparent": TRACEPARENT,
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


async def test_a_topic_that_ends_before_what_was_published_is_filled_again_as_a_new_generation(
    db: Database, settings: EngineSettings
) -> None:
    await db.progress.update_one({"_id": "relay"}, {"$set": {"ends.0": 7}})
    await append(db, tickets=30, versions=range(1, 6))
    async with running(relay(db, settings, "one").run()):
        records = await until_relayed(settings, {f"t{n}:{version}" for n in range(30) for version in range(1, 6)})
    assert_first_occurrences_in_order(records, tickets=30, versions=5)
    progress = await relay_progress(db)
    assert progress["generation"] > 1
    assert progress["refill"] is None


@pytest.mark.parametrize("generation", [1, 5])
async def test_a_topic_that_holds_what_the_store_does_not_is_filled_again_behind_it(
    db: Database, settings: EngineSettings, generation: int
) -> None:
    nobodys = life(ticket_uid(1), 3)
    await publish_events(settings, nobodys, generation)
    await append(db, tickets=9, versions=range(1, 4))
    async with running(relay(db, settings, "one").run()):
        wanted = {f"t{n}:{version}" for n in range(9) for version in range(1, 4)}
        records = await until_relayed(settings, wanted)
    progress = await relay_progress(db)
    begun = progress["generation"]
    assert begun > generation
    assert {int(number): end for number, end in progress["base"].items() if end} == {
        partition_of(nobodys[0].ticket, PARTITIONS): len(nobodys)
    }
    later = [record for record in records if dict(record.headers)["ce_generation"] == str(begun).encode()]
    assert set(ids(later)) == wanted
    assert all(record.offset >= progress["base"][str(record.partition)] for record in later)


async def test_what_was_published_and_not_noted_down_before_a_crash_is_no_reason_to_begin_anew(
    db: Database, settings: EngineSettings
) -> None:
    events = life(ticket_uid(1), 3)
    await db.events.insert_many([event.document() for event in events])
    await publish_events(settings, events)
    async with running(relay(db, settings, "one").run()):
        await append(db, tickets=3, versions=range(1, 2))
        await until_relayed(settings, {"t0:1", "t1:1", "t2:1"})
    assert (await relay_progress(db))["generation"] == 1


async def test_a_refill_that_was_interrupted_goes_on_behind_the_last_ticket_that_was_saved(
    db: Database, settings: EngineSettings
) -> None:
    await append(db, tickets=9, versions=range(1, 4))
    begun = await begin_refill(db, await relay_progress(db), {})
    assert begun["refill"] == {"after": "", "done": 0, "total": 27}
    await advance_refill(db, begun, "t4", 15, {})
    async with running(relay(db, settings, "one").run()):
        remaining = {f"t{n}:{version}" for n in range(5, 9) for version in range(1, 4)}
        assert set(ids(await until_relayed(settings, remaining))) == remaining
        await append(db, tickets=9, versions=range(4, 5))
        await until_relayed(settings, {f"t{n}:4" for n in range(9)})


async def test_of_a_ticket_that_grows_during_a_refill_no_version_is_published_before_an_earlier_one(
    db: Database, settings: EngineSettings
) -> None:
    await append(db, tickets=5, versions=range(1, 4))
    await begin_refill(db, await relay_progress(db), {})
    await db.events.delete_one({"_id": "t2:2"})  # what the reader of the store sees when it came too early for it
    async with running(relay(db, settings, "one").run()):
        others = {f"t{n}:{version}" for n in (0, 1, 3, 4) for version in range(1, 4)}
        records = await until_relayed(settings, others)
    assert {name for name in ids(records) if name.startswith("t2")} == {"t2:1"}


async def test_two_that_are_active_at_once_keep_first_occurrences_in_order(
    db: Database, settings: EngineSettings
) -> None:
    """The lease is taken away again and again, so that both go on for as long as they do not know."""

    async def take_the_lease_away() -> None:
        while True:
            await db.leases.delete_many({})
            await asyncio.sleep(0.1)

    one, two = relay(db, settings, "one"), relay(db, settings, "two")
    async with running(one.run(), two.run(), take_the_lease_away()):
        for version in range(1, 41):
            await append(db, tickets=10, versions=range(version, version + 1))
            await asyncio.sleep(0.05)
        wanted = {f"t{n}:{version}" for n in range(10) for version in range(1, 41)}
        records = await until_relayed(settings, wanted)
    assert_first_occurrences_in_order(records, tickets=10, versions=40)


async def test_a_topic_that_is_gone_stops_it_with_a_sentence_until_it_is_made_again(
    db: Database, settings: EngineSettings
) -> None:
    await append(db, tickets=3, versions=range(1, 3))
    stopped = relay(db, settings, "one")
    async with running(stopped.run()):
        await relayed(settings, 6)
        await lose(settings, Topics(settings.topic_prefix).definitions()[0])
        await append(db, tickets=3, versions=range(3, 4))
        async with asyncio.timeout(30):
            while not (stopped.failure and "republish" in stopped.failure):
                await asyncio.sleep(0.05)
        await initialise(settings)  # starting a platform again makes no empty topic in the place of a lost one
        assert await missing_topics(settings.kafka, Topics(settings.topic_prefix).definitions())
        await ensure_topics(settings.kafka, Topics(settings.topic_prefix).definitions())
        await begin_refill(db, await relay_progress(db), {})
        wanted = {f"t{n}:{version}" for n in range(3) for version in range(1, 4)}
        records = await until_relayed(settings, wanted)
    assert_first_occurrences_in_order(records, tickets=3, versions=3)
