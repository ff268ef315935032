"""What the write side counts of itself, in the names that dashboards will ask for."""

import asyncio

from prometheus_client import REGISTRY

from services.command.event_store import EventStore
from services.command.relay import Relay
from shared.mongo import CONNECTIONS, Database, connected
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.integration.command.test_event_store import new
from tests.support.http import free_port
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


async def test_a_relay_lags_while_it_can_not_publish_and_until_all_is_published(
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


async def test_connections_to_mongo_are_counted_and_so_is_who_waits_for_one(settings: EngineSettings) -> None:
    before = sample("ticketstream_mongo_connections")
    async with connected(settings.mongo) as client:
        await asyncio.gather(*(client.admin.command({"ping": 1}) for _ in range(20)))
        assert before < sample("ticketstream_mongo_connections") <= before + CONNECTIONS
        assert sample("ticketstream_mongo_waiting") == 0
    assert sample("ticketstream_mongo_connections") == before
