"""Metrics of the write side, under the names that dashboards query."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from services.command.event_store import EventStore
from services.command.relay import relay_lag
from services.command.relay.lease import Lease
from services.command.relay.relay import Relay
from shared.mongo import CONNECTIONS, Database, connected
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.integration.command.test_event_store import new
from tests.support.clients.http import free_port
from tests.support.engines.topic import until_relayed
from tests.support.expected.views import until
from tests.support.processes.tasks import running


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0


async def test_appends_and_relayed_events_are_measured(db: Database, settings: EngineSettings) -> None:
    names = (
        "ticketstream_append_events_count",
        "ticketstream_append_events_sum",
        "ticketstream_append_seconds_count",
        "ticketstream_relayed_events_total",
    )
    before = {name: sample(name) for name in names}

    async def counted() -> bool:
        return [sample(name) - before[name] for name in names] == [3, 3, 3, 3]

    store = EventStore(db)
    async with running(store.write(), Relay(db, settings.kafka, Topics(settings.topic_prefix), "one").run()):
        for version in (1, 2, 3):
            await store.append(new("t0", version, f"p{version}"))
        await until_relayed(settings, {"t0:1", "t0:2", "t0:3"})
        await until(counted)


async def test_a_relay_lags_while_it_cannot_publish_and_until_all_is_published(
    db: Database, settings: EngineSettings
) -> None:
    store = EventStore(db)
    relay = Relay(db, settings.kafka, Topics(settings.topic_prefix), "one")
    without_kafka = Relay(db, f"127.0.0.1:{free_port()}", Topics(settings.topic_prefix), "two")

    async def grows() -> bool:
        return without_kafka.failure is not None and without_kafka.lag_seconds > 1

    async def caught_up() -> bool:
        return relay.lag_seconds == 0

    assert without_kafka.lag_seconds == 0
    async with running(store.write(), without_kafka.run()):
        await store.append(new("t0", 1, "p1"))
        await until(grows)
    async with running(relay.run()):
        await until_relayed(settings, {"t0:1"})
        await until(caught_up)


async def test_every_relay_reports_the_lag_even_without_the_lease(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One relay holds the lease and does nothing, like a stopped process. The event's date is in the future."""
    monkeypatch.setattr(relay_lag, "LOOK_SECONDS", 0.2)
    waiting = Relay(db, settings.kafka, Topics(settings.topic_prefix), "two")
    store = EventStore(db)

    async def lags() -> bool:
        return waiting.lag_seconds > 1

    async def caught_up() -> bool:
        return waiting.lag_seconds == 0

    async with Lease(db, "relay", "stands still") as held, running(held.keep(), store.write(), waiting.run()):
        await store.append(replace(new("t0", 1, "p1"), received=datetime.now(UTC) + timedelta(minutes=10)))
        await until(lags)
        assert waiting.failure is None
    async with running(waiting.run()):
        await until_relayed(settings, {"t0:1"})
        await until(caught_up)


async def test_connections_to_mongo_and_waiting_operations_are_counted(settings: EngineSettings) -> None:
    before = sample("ticketstream_mongo_connections")
    async with connected(settings.mongo) as client:
        await asyncio.gather(*(client.admin.command({"ping": 1}) for _ in range(20)))
        assert before < sample("ticketstream_mongo_connections") <= before + CONNECTIONS
        assert sample("ticketstream_mongo_waiting") == 0
    assert sample("ticketstream_mongo_connections") == before


async def test_operations_that_wait_for_a_connection_are_counted(settings: EngineSettings) -> None:
    async with connected(f"{settings.mongo}&maxPoolSize=1") as client:
        pings = [asyncio.create_task(client.admin.command("ping")) for _ in range(5)]

        most = 0.0
        while not all(ping.done() for ping in pings):
            most = max(most, sample("ticketstream_mongo_waiting"))
            await asyncio.sleep(0)
        assert most == len(pings) - 1
        assert sample("ticketstream_mongo_waiting") == 0
