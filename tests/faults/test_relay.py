"""The relay when what it stands on fails: first occurrences stay in order, none is missing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.command.event_store import EventStore, NewEvent
from services.command.relay import Relay
from shared.mongo import Database, connected, database
from shared.relay_position import relay_progress
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.support.own_engines import OwnEngines, own_engines
from tests.support.services import service
from tests.support.tasks import running
from tests.support.topic import assert_first_occurrences_in_order, ids, until_relayed, whole_topic
from tests.support.views import until

RECEIVED = datetime(2026, 1, 2, tzinfo=UTC)
TICKETS = 20
OUTAGE_SECONDS = 20


@asynccontextmanager
async def database_of(settings: EngineSettings) -> AsyncIterator[Database]:
    async with connected(settings.mongo) as client:
        yield database(client, settings.database)


@asynccontextmanager
async def appending(db: Database, progress: list[int]) -> AsyncIterator[None]:
    """Keep appending versions to all tickets, the last one whole; each whole version stands in `progress`."""

    async def append() -> None:
        while not enough.is_set():
            version = progress[-1] + 1
            process = f"p{version}"
            events = (NewEvent(f"t{n}", version, process, "MessageAdded", RECEIVED, b"{}") for n in range(TICKETS))
            await asyncio.gather(*map(store.append, events))
            progress.append(version)
            await asyncio.sleep(0.02)

    store, enough = EventStore(db), asyncio.Event()
    async with running(store.write()):
        task = asyncio.create_task(append())
        try:
            yield
        finally:
            enough.set()
            async with asyncio.timeout(10):
                await task


def all_events(versions: int) -> set[str]:
    return {f"t{n}:{version}" for n in range(TICKETS) for version in range(1, versions + 1)}


async def until_appended(progress: list[int], more: int) -> None:
    wanted = progress[-1] + more

    async def appended() -> bool:
        return progress[-1] >= wanted

    await until(appended)


def relay(db: Database, settings: EngineSettings, holder: str = "one") -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), holder)


async def test_when_the_process_that_relays_is_killed_the_next_one_takes_over(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    async def holder() -> str | None:
        lease = await db.leases.find_one({"_id": "relay"})
        return lease["holder"] if lease else None

    async def taken() -> bool:
        return await holder() is not None

    progress = [0]
    async with AsyncExitStack() as stack:
        services = {
            name: await stack.enter_async_context(service("command", settings, tmp_path / name, name=name, port=0))
            for name in ("command-1", "command-2")
        }
        await until(taken)
        async with appending(db, progress):
            await until_appended(progress, 20)
            first = await holder()
            assert first
            services[first].send_signal(signal.SIGKILL)
            await services[first].wait()
            await until_appended(progress, 20)
        await until_relayed(settings, all_events(progress[-1]), seconds=10)
        assert await holder() not in {None, first}
    versions = await db.events.count_documents({"ticket": "t0"})
    assert_first_occurrences_in_order(await whole_topic(settings), tickets=TICKETS, versions=versions)


async def test_kafka_may_be_away_for_longer_than_its_clients_wait(own: OwnEngines) -> None:
    progress = [0]
    async with database_of(own.settings) as db, running(relay(db, own.settings).run()):
        async with appending(db, progress):
            await until_appended(progress, 10)
            await own.kafka.stop()
            await asyncio.sleep(OUTAGE_SECONDS)
            await own.kafka.start()
            await until_appended(progress, 10)
        records = await until_relayed(own.settings, all_events(progress[-1]))
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=progress[-1])


async def test_kafka_may_stand_still_with_requests_in_its_hands(own: OwnEngines) -> None:
    progress = [0]
    async with database_of(own.settings) as db, running(relay(db, own.settings).run()):
        async with appending(db, progress):
            await until_appended(progress, 10)
            own.kafka.send(signal.SIGSTOP)
            await asyncio.sleep(OUTAGE_SECONDS)
            own.kafka.send(signal.SIGCONT)
            await until_appended(progress, 10)
        records = await until_relayed(own.settings, all_events(progress[-1]))
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=progress[-1])


async def test_what_a_broker_lost_is_published_again(own: OwnEngines) -> None:
    progress = [0]
    async with database_of(own.settings) as db:
        async with running(relay(db, own.settings).run()), appending(db, progress):
            await until_appended(progress, 10)
        kept = await own.kafka.keep_files()
        async with running(relay(db, own.settings).run()):
            async with appending(db, progress):
                await until_appended(progress, 10)
            await until_relayed(own.settings, all_events(progress[-1]))
            await own.kafka.put_back(kept)
            async with appending(db, progress):
                await until_appended(progress, 10)
            records = await until_relayed(own.settings, all_events(progress[-1]))
        assert (await relay_progress(db))["generation"] > 1
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=progress[-1])


async def test_a_position_that_mongodb_no_longer_keeps_is_made_up_for_from_the_event_store(tmp_path: Path) -> None:
    progress = [0]
    async with own_engines(tmp_path, "--oplogSize", "1", "--syncdelay", "1") as own, database_of(own.settings) as db:
        async with appending(db, progress):
            async with running(relay(db, own.settings).run()):
                await until_appended(progress, 10)
                await until_relayed(own.settings, all_events(10))
            await until_appended(progress, 10)
        await until(lambda: _oplog_moved_on(db))
        async with running(relay(db, own.settings).run()):
            records = await until_relayed(own.settings, all_events(progress[-1]))
        assert (await relay_progress(db))["generation"] == 1
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=progress[-1])
    assert len(ids(records)) > len(set(ids(records)))


async def _oplog_moved_on(db: Database) -> bool:
    """Write more than the oplog keeps, and tell whether it has dropped the relay's position."""
    await db.filler.insert_many([{"text": "x" * 100_000} for _ in range(50)])
    oldest = await db.client.get_database("local")["oplog.rs"].find_one({}, sort=[("$natural", 1)])
    last = await db.events.find_one({}, sort=[("version", -1)])
    assert oldest
    assert last
    return bool(oldest["ts"].time > 0 and oldest["op"] == "i" and oldest["ns"].endswith("filler"))


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[OwnEngines]:
    """Engines of this test alone."""
    async with own_engines(tmp_path) as engines:
        yield engines
