"""From the real topic to views in a real MongoDB: each event exactly once, with other workers at work."""

import asyncio
import json
from datetime import timedelta

import pytest

from services.projector.intake.batch_limit import BatchLimit
from services.projector.projection import Projection
from shared.clock import instant, utc_now
from shared.directory.entries import Agency, ProviderContact
from shared.kafka import partition_of
from shared.kafka.publishing import Message, producer, publish
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import begin_refill, read_publication
from shared.storage.topics import PARTITIONS, Topics
from tests.integration.projector.conftest import Start
from tests.support.data.directory import NORTH, SOUTH, publish_directory
from tests.support.data.tickets import Stored, interleaved, life, publish_events, stored, ticket_uid
from tests.support.expected.views import assert_applied_exactly_once, counted, until, until_applied

PROVIDER = "7943797a-93c4-73f9-48f8-6baea5e94d13"
REFERENCED = {"providerUid": PROVIDER, "providerType": "ReferencedProvider"}


async def test_events_become_tickets_journal_and_counters(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    lives = [life(ticket_uid(number), 5) for number in range(40)]
    async with projecting():
        await publish_events(settings, interleaved(lives))
        await until_applied(db, 200)
    await assert_applied_exactly_once(db, lives)
    assert (await counted(db))["none", "", "2015-10-01", "CLOSED"] == 40
    assert (await counted(db))["agencies", NORTH, "2015-10-01", "CLOSED"] == 40


async def test_a_repeat_of_events_changes_nothing(db: Database, settings: EngineSettings, projecting: Start) -> None:
    lives = [life(ticket_uid(number), 4) for number in range(10)]
    again = [life(ticket_uid(number), 4)[:3] for number in range(10)]
    async with projecting():
        await publish_events(settings, [*interleaved(again), *interleaved(lives), *interleaved(again)])
        await until_applied(db, 40)
        await _until_at_the_end(db, 100)
    await assert_applied_exactly_once(db, lives)


async def test_a_restarted_projection_continues_at_the_checkpoints(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    lives = [life(ticket_uid(number), 6) for number in range(20)]
    events = interleaved(lives)
    async with projecting():
        await publish_events(settings, events[:50])
        await until_applied(db, 50)
    await publish_events(settings, events[50:])
    async with projecting():
        await until_applied(db, 120)
    await assert_applied_exactly_once(db, lives)


async def test_two_workers_share_the_partitions_and_every_event_is_applied_once(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    lives = [life(ticket_uid(number), 30) for number in range(40)]
    events = interleaved(lives)
    async with projecting():
        publishing = asyncio.create_task(_publish_slowly(settings, events))
        async with projecting():
            await until_applied(db, 600)
        await until_applied(db, 1_200)
        await publishing
    await assert_applied_exactly_once(db, lives)


async def test_a_worker_with_an_outdated_checkpoint_changes_nothing_and_catches_up(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    ticket = ticket_uid(1)
    events = life(ticket, 6)
    partition = partition_of(ticket, PARTITIONS)
    async with projecting():
        await publish_events(settings, events[:3])
        await until_applied(db, 3)
        await db.checkpoints.update_one({"_id": partition}, {"$inc": {"refreshed": 1}})
        await publish_events(settings, events[3:])
        await until_applied(db, 6)
    await assert_applied_exactly_once(db, [events])
    assert (await db.checkpoints.find_one({"_id": partition}) or {})["offset"] == 6


async def test_a_gap_stops_its_partition_and_no_other(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    broken = ticket_uid(1)
    elsewhere = (ticket_uid(number) for number in range(2, 100))
    sound = next(uid for uid in elsewhere if partition_of(uid, PARTITIONS) != partition_of(broken, PARTITIONS))
    events = life(broken, 5)
    async with projecting() as projection:
        await publish_events(settings, [*events[:2], *events[3:], *life(sound, 4)])
        await _until_stopped(projection)
        await until_applied(db, 6)
        (stopped,) = projection.stopped
        assert (stopped.partition, stopped.offset) == (partition_of(broken, PARTITIONS), 2)
        assert stopped.reason == f"ticket {broken} awaits version 3, not 4"
    note = (await db.checkpoints.find_one({"_id": stopped.partition}) or {})["stopped"]
    assert (note["offset"], note["reason"]) == (2, stopped.reason)
    assert (await db.tickets.find_one({"_id": broken}) or {})["version"] == 2
    assert (await db.tickets.find_one({"_id": sound}) or {})["version"] == 4


@pytest.mark.parametrize("reloads", [0, 100], ids=["", "while the checkpoints are read again"])
async def test_a_partition_continues_when_its_missing_directory_entry_arrives(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch, *, reloads: int
) -> None:
    monkeypatch.setattr("services.projector.intake.stopped_partitions.FIRST_PAUSE", 300.0)
    elsewhere = {"agencyUid": PROVIDER, "locationReferenceType": "AgencyLocation"}
    events = life(ticket_uid(1), 3, locationRef=elsewhere)
    async with projecting() as projection:
        await publish_events(settings, events)
        await _until_stopped(projection)
        await publish_directory(settings, [Agency(uid=PROVIDER, label="Elsewhere", accountUid=NORTH)])
        for _ in range(reloads):
            projection._must_reload = True
            await asyncio.sleep(0.01)
        await until_applied(db, 3)
    await assert_applied_exactly_once(db, [events])


async def test_a_new_generation_is_read_from_its_beginning_without_changing_known_events(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    events = life(ticket_uid(1), 4)
    partition = partition_of(ticket_uid(1), PARTITIONS)

    async def begun_anew() -> bool:
        checkpoint = await db.checkpoints.find_one({"_id": partition}) or {}
        return bool(checkpoint["generation"] > 1 and checkpoint["offset"] == 3)

    async with projecting():
        await publish_events(settings, events[:3])
        await until_applied(db, 3)
        anew = await begin_refill(db, await read_publication(db), {})
        await until(begun_anew)
        await publish_events(settings, events[3:], anew.generation)
        await until_applied(db, 4)
    await assert_applied_exactly_once(db, [events])


async def test_a_new_generation_is_noticed_under_continuous_load(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BatchLimit.__init__, "__defaults__", (1,))
    lives = [life(ticket_uid(number), 60) for number in range(60)]
    await publish_events(settings, interleaved(lives))

    async def all_begun_anew() -> bool:
        return await db.checkpoints.count_documents({"generation": {"$gt": 1}}) == PARTITIONS

    async with projecting():
        await until_applied(db, 100)
        await begin_refill(db, await read_publication(db), {})
        await until(all_begun_anew)
        assert await db.journal.count_documents({}) < 60 * 60


async def test_a_record_that_is_no_event_stops_its_partition_and_not_the_worker(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.projector.health.STALLED_SECONDS", 0)
    async with projecting() as projection:
        async with producer(settings.kafka) as sender:
            await publish(sender, Topics(settings.topic_prefix).ticket_events, [Message(4, b"key", b"{", 1)])
        await _until_stopped(projection)
        (stopped,) = projection.stopped
        assert projection.problem is None
    assert (stopped.partition, stopped.offset) == (4, 0)
    assert stopped.reason.startswith("the body is not valid JSON")


async def test_published_events_that_do_not_arrive_count_as_lag(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.projector.health.STALLED_SECONDS", 1)
    events = life(ticket_uid(1), 5)
    partition = partition_of(ticket_uid(1), PARTITIONS)

    async def lags() -> bool:
        return projection.lag == 2 and projection.lag_seconds > 1

    async def is_not_well() -> bool:
        return projection.problem is not None

    async def is_well() -> bool:
        return projection.problem is None and projection.lag == 0

    async with projecting() as projection:
        await publish_events(settings, events[:3])
        await until_applied(db, 3)
        await until(is_well)
        await db.progress.update_one({"_id": "relay"}, {"$set": {f"ends.{partition}": 5}})
        await until(lags)
        await until(is_not_well)
        await publish_events(settings, events[3:])
        await until(is_well)


async def test_an_event_waits_for_the_directory_entry_that_it_names(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    ticket = ticket_uid(1)
    entry = ProviderContact(uid=PROVIDER, name="Froid Dubrulle", phones=(), fax=(), emails=())
    async with projecting():
        await publish_directory(settings, [entry])
        await publish_events(settings, [life(ticket, 3)[0], stored(ticket, 2, "ProviderAssigned", provider=REFERENCED)])
        await until_applied(db, 2)
    document = await db.tickets.find_one({"_id": ticket}) or {}
    assert json.loads(document["item"])["provider"]["name"] == "Froid Dubrulle"


async def test_an_unknown_provider_is_shown_without_a_name(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    ticket = ticket_uid(1)
    async with projecting():
        await publish_events(settings, [life(ticket, 3)[0], stored(ticket, 2, "ProviderAssigned", provider=REFERENCED)])
        await until_applied(db, 2)
    document = await db.tickets.find_one({"_id": ticket}) or {}
    assert json.loads(document["item"])["provider"] == {"uid": PROVIDER, "phones": [], "fax": [], "emails": []}


async def test_windows_of_idle_partitions_are_closed_and_later_events_are_late(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    ticket, began = ticket_uid(1), utc_now()

    async def closed() -> bool:
        return await db.checkpoints.count_documents({"feedUntil": {"$gte": began}}) == PARTITIONS

    soon = began + timedelta(minutes=1)
    opening, in_time = life(ticket, 2)[0], stored(ticket, 2, "MessageAdded", sentDate=f"{soon:%Y-%m-%dT%H:%M:%SZ}")
    async with projecting():
        await until(closed)
        await publish_events(settings, [opening, in_time])
        await until_applied(db, 2)
    late, punctual = await db.journal.find({}).sort("version", 1).to_list(None)
    assert late["sent"] == instant(opening.fields["sentDate"])
    assert began < late["late"] < utc_now() + timedelta(seconds=1)
    assert "late" not in punctual


async def test_a_moved_ticket_moves_all_its_events(db: Database, settings: EngineSettings, projecting: Start) -> None:
    ticket = ticket_uid(1)
    to_south = {"agencyUid": SOUTH, "locationReferenceType": "AgencyLocation"}
    events = [*life(ticket, 4)[:3], stored(ticket, 4, "TicketUpdated", locationRef=to_south)]
    async with projecting():
        await publish_events(settings, [*events, stored(ticket, 5, "MessageAdded"), *life(ticket_uid(2), 2)])
        await until_applied(db, 7)
    assert await db.journal.count_documents({"ticket": ticket, "agencies": [SOUTH]}) == 5
    assert await db.journal.count_documents({"ticket": ticket_uid(2), "agencies": [NORTH]}) == 2


async def _publish_slowly(settings: EngineSettings, events: list[Stored]) -> None:
    for start in range(0, len(events), 40):
        await publish_events(settings, events[start : start + 40])


async def _until_stopped(projection: Projection) -> None:
    async def stopped() -> bool:
        return bool(projection.stopped)

    await until(stopped)


async def _until_at_the_end(db: Database, records: int) -> None:
    async def at_the_end() -> bool:
        applied: int = sum([checkpoint["offset"] async for checkpoint in db.checkpoints.find({})])
        return applied == records

    await until(at_the_end)
