"""What the write side counts of itself, in the names that dashboards will ask for."""

import asyncio

from prometheus_client import REGISTRY

from services.command.event_store import EventStore
from services.command.relay import Relay
from shared.mongo import CONNECTIONS, Database, connected
from shared.settings import EngineSettings
from shared.telemetry import RELAY_LAG_SECONDS
from shared.topics import Topics
from tests.integration.command.test_event_store import new
from tests.support.tasks import running
from tests.support.topic import until_relayed
from tests.support.views import until


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0


async def test_appends_and_what_is_relayed_of_them_are_measured(db: Database, settings: EngineSettings) -> None:
    names = (
        "ticketstream_append_events_count",
        "ticketstream_append_events_sum",
        "ticketstream_append_seconds_count",
        "ticketstream_relayed_events_total",
    )
    before = {name: sample(name) for name in names}
    store = EventStore(db)
    async with running(store.write(), Relay(db, settings.kafka, Topics(settings.topic_prefix), "one").run()):
        for version in (1, 2, 3):
            await store.append(new("t0", version, f"p{version}"))
        await until_relayed(settings, {"t0:1", "t0:2", "t0:3"})
        assert [sample(name) - before[name] for name in names] == [3, 3, 3, 3]


async def test_a_relay_with_nothing_to_publish_does_not_lag(db: Database, settings: EngineSettings) -> None:
    async def caught_up() -> bool:
        return sample("ticketstream_relay_lag_seconds") == 0

    RELAY_LAG_SECONDS.set(5)
    async with running(Relay(db, settings.kafka, Topics(settings.topic_prefix), "one").run()):
        await until(caught_up)


async def test_connections_to_mongo_are_counted_and_so_is_who_waits_for_one(settings: EngineSettings) -> None:
    before = sample("ticketstream_mongo_connections")
    async with connected(settings.mongo) as client:
        await asyncio.gather(*(client.admin.command({"ping": 1}) for _ in range(20)))
        assert before < sample("ticketstream_mongo_connections") <= before + CONNECTIONS
        assert sample("ticketstream_mongo_waiting") == 0
    assert sample("ticketstream_mongo_connections") == before
