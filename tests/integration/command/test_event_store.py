"""The event store on a real MongoDB: durable, without gaps, once, in groups, bounded."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.command import event_store
from services.command.event_store import ConflictError, EventStore, NewEvent, OverloadedError
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from tests.support.processes.tasks import running

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def new(ticket: str, version: int, process: str) -> NewEvent:
    return NewEvent(ticket, version, process, "MessageAdded", NOW, f'{{"v":{version}}}'.encode())


@pytest.fixture
async def store(db: Database) -> AsyncIterator[EventStore]:
    store = EventStore(db)
    writing = asyncio.create_task(store.write())
    yield store
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


async def test_events_are_read_back_in_version_order_beyond_a_version(store: EventStore) -> None:
    for version in range(1, 41):
        await store.append(new("a", version, f"p{version}"))
    await store.append(new("b", 1, "p1"))
    assert [version for version, _ in await store.read("a", after=0)] == list(range(1, 41))
    assert await store.read("a", after=38) == [(39, b'{"v":39}'), (40, b'{"v":40}')]
    assert await store.read("a", after=40) == []


@pytest.mark.parametrize("second", [new("a", 1, "other"), new("a", 2, "p1"), new("a", 1, "p1")])
async def test_a_taken_version_or_process_is_a_conflict(store: EventStore, second: NewEvent) -> None:
    await store.append(new("a", 1, "p1"))
    with pytest.raises(ConflictError):
        await store.append(second)
    assert len(await store.read("a", after=0)) == 1


async def test_in_one_group_each_caller_gets_its_own_outcome(store: EventStore) -> None:
    await store.append(new("t3", 1, "p"))
    outcomes = await asyncio.gather(*(store.append(new(f"t{n}", 1, "p")) for n in range(6)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None)] * 3 + [ConflictError] + [type(None)] * 2


async def test_events_queued_during_an_insert_share_the_next_insert(store: EventStore, db: Database) -> None:
    before = (await db.command("serverStatus"))["metrics"]["commands"]["insert"]["total"]
    await asyncio.gather(*(store.append(new(f"t{n}", 1, "p")) for n in range(200)))
    after = (await db.command("serverStatus"))["metrics"]["commands"]["insert"]["total"]
    assert after - before <= 3
    assert await db.events.count_documents({}) == 200


async def test_a_full_queue_refuses_callers_at_once(db: Database) -> None:
    idle = EventStore(db)
    waiting = [asyncio.create_task(idle.append(new(f"t{n}", 1, "p"))) for n in range(event_store.QUEUE)]
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await idle.append(new("one more", 1, "p"))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_an_append_without_a_waiting_caller_is_not_written(store: EventStore, db: Database) -> None:
    leaving = asyncio.create_task(store.append(new("gone", 1, "p")))
    staying = asyncio.create_task(store.append(new("here", 1, "p")))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert [event["ticket"] for event in await db.events.find().to_list(None)] == ["here"]


async def test_without_mongodb_an_append_waits_until_its_caller_gives_up(settings: EngineSettings) -> None:
    async with connected("mongodb://127.0.0.1:9/?replicaSet=none", timeout_ms=100) as client:
        store = EventStore(database(client, settings.database))
        async with running(store.write()):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await store.append(new("a", 1, "p"))
