"""The relay during failures of Kafka, MongoDB and its own process: first occurrences stay in order, none is missing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.command.event_store import EventStore, NewEvent
from services.command.relay.relay import Relay
from shared.kafka import REQUEST_TIMEOUT_MS
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.publication import read_publication
from shared.storage.topics import Topics
from tests.support.engines.own_engines import OwnEngines, own_engines
from tests.support.engines.topic import assert_first_occurrences_in_order, ids, until_relayed, whole_topic
from tests.support.expected.views import until
from tests.support.processes.services import service
from tests.support.processes.tasks import running

RECEIVED = datetime(2026, 1, 2, tzinfo=UTC)
TICKETS = 20
OUTAGE_SECONDS = REQUEST_TIMEOUT_MS / 1_000 + 3
"""Longer than any request to Kafka waits."""


@asynccontextmanager
async def database_of(settings: EngineSettings) -> AsyncIterator[Database]:
    async with connected(settings.mongo) as client:
        yield database(client, settings.database)


@asynccontextmanager
async def appending(db: Database, versions_stored: list[int]) -> AsyncIterator[None]:
    """Append version after version to all tickets; `versions_stored` lists the versions that all tickets have."""

    async def append() -> None:
        while not enough.is_set():
            version = versions_stored[-1] + 1
            process = f"p{version}"
            events = (NewEvent(f"t{n}", version, process, "MessageAdded", RECEIVED, b"{}") for n in range(TICKETS))
            await asyncio.gather(*map(store.append, events))
            versions_stored.append(version)
            await asyncio.sleep(0.02)

    store, enough = EventStore(db), asyncio.Event()
    async with running(store.write()):
        task = asyncio.create_task(append())
        try:
            yield
        finally:
            enough.set()
            async with asyncio.timeout(60):
                await task


def all_events(versions: int) -> set[str]:
    return {f"t{n}:{version}" for n in range(TICKETS) for version in range(1, versions + 1)}


async def until_appended(versions_stored: list[int], more: int) -> None:
    wanted = versions_stored[-1] + more

    async def appended() -> bool:
        return versions_stored[-1] >= wanted

    await until(appended)


def relay(db: Database, settings: EngineSettings, holder: str = "one") -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), holder)


async def test_when_the_active_relay_is_killed_another_takes_over(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    async def holder() -> str | None:
        lease = await db.leases.find_one({"_id": "relay"})
        return lease["holder"] if lease else None

    async def taken() -> bool:
        return await holder() is not None

    versions_stored = [0]
    async with AsyncExitStack() as stack:
        services = {
            name: await stack.enter_async_context(service("command", settings, tmp_path / name, name=name, port=0))
            for name in ("command-1", "command-2")
        }
        await until(taken)
        async with appending(db, versions_stored):
            await until_appended(versions_stored, 20)
            first = await holder()
            assert first
            services[first].send_signal(signal.SIGKILL)
            await services[first].wait()
            await until_appended(versions_stored, 20)
        await until_relayed(settings, all_events(versions_stored[-1]))
        assert await holder() not in {None, first}
    versions = await db.events.count_documents({"ticket": "t0"})
    assert_first_occurrences_in_order(await whole_topic(settings), tickets=TICKETS, versions=versions)


async def test_kafka_may_be_away_for_longer_than_its_clients_wait(own: OwnEngines) -> None:
    versions_stored = [0]
    async with database_of(own.settings) as db, running(relay(db, own.settings).run()):
        async with appending(db, versions_stored):
            await until_appended(versions_stored, 10)
            await own.kafka.stop()
            await asyncio.sleep(OUTAGE_SECONDS)
            await own.kafka.start()
            await until_appended(versions_stored, 10)
        records = await until_relayed(own.settings, all_events(versions_stored[-1]))
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=versions_stored[-1])


async def test_kafka_may_stop_while_requests_are_in_flight(own: OwnEngines) -> None:
    versions_stored = [0]
    async with database_of(own.settings) as db, running(relay(db, own.settings).run()):
        async with appending(db, versions_stored):
            await until_appended(versions_stored, 10)
            own.kafka.send(signal.SIGSTOP)
            await asyncio.sleep(OUTAGE_SECONDS)
            own.kafka.send(signal.SIGCONT)
            await until_appended(versions_stored, 10)
        records = await until_relayed(own.settings, all_events(versions_stored[-1]))
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=versions_stored[-1])


async def test_what_a_broker_lost_is_published_again(own: OwnEngines) -> None:
    versions_stored = [0]
    async with database_of(own.settings) as db:
        async with running(relay(db, own.settings).run()), appending(db, versions_stored):
            await until_appended(versions_stored, 10)
        kept = await own.kafka.keep_files()
        async with running(relay(db, own.settings).run()):
            async with appending(db, versions_stored):
                await until_appended(versions_stored, 10)
            await until_relayed(own.settings, all_events(versions_stored[-1]))
            await own.kafka.put_back(kept)
            async with appending(db, versions_stored):
                await until_appended(versions_stored, 10)
            records = await until_relayed(own.settings, all_events(versions_stored[-1]))
        assert (await read_publication(db)).generation > 1
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=versions_stored[-1])


async def test_a_lost_stream_position_is_replaced_by_a_refill(tmp_path: Path) -> None:
    versions_stored = [0]
    async with own_engines(tmp_path, "--oplogSize", "1", "--syncdelay", "1") as own, database_of(own.settings) as db:
        async with appending(db, versions_stored):
            async with running(relay(db, own.settings).run()):
                await until_appended(versions_stored, 10)
                await until_relayed(own.settings, all_events(10))
            await until_appended(versions_stored, 10)
        await until(lambda: _oplog_moved_on(db))
        async with running(relay(db, own.settings).run()):
            records = await until_relayed(own.settings, all_events(versions_stored[-1]))
        assert (await read_publication(db)).generation == 1
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=versions_stored[-1])
    assert len(ids(records)) > len(set(ids(records)))


async def _oplog_moved_on(db: Database) -> bool:
    """Write more than the oplog keeps; return whether it no longer holds the relay's position."""
    await db.filler.insert_many([{"text": "x" * 100_000} for _ in range(50)])
    oldest = await db.client.get_database("local")["oplog.rs"].find_one({}, sort=[("$natural", 1)])
    last = await db.events.find_one({}, sort=[("version", -1)])
    assert oldest
    assert last
    return bool(oldest["ts"].time > 0 and oldest["op"] == "i" and oldest["ns"].endswith("filler"))


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[OwnEngines]:
    """Run engines for this test alone."""
    async with own_engines(tmp_path) as engines:
        yield engines
