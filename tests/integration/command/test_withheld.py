"""Events that Kafka refuses under its settings: their tickets wait, all others continue, and each event comes once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.cli.local.stack import Stack
from services.cli.status.overview import look_at
from services.command.event_store import EventStore, NewEvent
from services.command.relay import relay as relay_module
from services.command.relay import withheld as withheld_module
from services.command.relay.relay import Relay
from shared.kafka import ConsumerRecord
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import begin_refill, read_publication
from shared.storage.topics import Topics
from tests.integration.cli.cli_platform import living
from tests.support.engines.topic import assert_first_occurrences_in_order, ids, set_on_topic, until_relayed, whole_topic
from tests.support.expected.views import until
from tests.support.processes.tasks import running

HOUR_MS = "3600000"
FOR_EVER_MS = str(2**63 - 1)
NOW = datetime.now(UTC).replace(microsecond=0)
AHEAD = NOW + timedelta(hours=2)
TICKETS, VERSIONS = 20, 4


def event(ticket: str, version: int, *, sent: datetime = NOW, size: int = 0) -> NewEvent:
    return NewEvent(ticket, version, f"p{version}", "MessageAdded", sent, b'"%s"' % (b"x" * size))


async def append(db: Database, *events: NewEvent) -> None:
    store = EventStore(db)
    async with running(store.write()):
        for one in events:
            await store.append(one)


async def append_all(db: Database, versions: range = range(1, VERSIONS + 1)) -> None:
    """Append versions of all tickets; t3 and t4 have a second version that is dated ahead."""
    refused = {("t3", 2), ("t4", 2)}
    store = EventStore(db)
    async with running(store.write()):
        for version in versions:
            await asyncio.gather(
                *(
                    store.append(event(ticket, version, sent=AHEAD if (ticket, version) in refused else NOW))
                    for ticket in (f"t{n}" for n in range(TICKETS))
                )
            )


def all_of(tickets: range, versions: int = VERSIONS) -> set[str]:
    return {f"t{n}:{version}" for n in tickets for version in range(1, versions + 1)}


EVERYBODY_ELSES = all_of(range(TICKETS)) - {f"t{n}:{version}" for n in (3, 4) for version in range(2, VERSIONS + 1)}


def relay(db: Database, settings: EngineSettings) -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), "one")


def assert_each_once_in_order(records: list[ConsumerRecord], wanted: set[str]) -> None:
    assert sorted(ids(records)) == sorted(wanted)
    for ticket in {name.partition(":")[0] for name in wanted}:
        versions = [int(name.partition(":")[2]) for name in ids(records) if name.startswith(f"{ticket}:")]
        assert versions == sorted(versions)


async def settled(settings: EngineSettings) -> list[ConsumerRecord]:
    """Wait for some turns of the relay, and return all records of the topic."""
    await asyncio.sleep(3 * relay_module.RETRY_SECONDS)
    return await whole_topic(settings)


@pytest.fixture
async def strict(settings: EngineSettings, monkeypatch: pytest.MonkeyPatch) -> EngineSettings:
    """Yield a topic that refuses dates more than an hour ahead; the relay offers refused events again each second."""
    monkeypatch.setattr(relay_module, "OFFERED_SECONDS", 1.0)
    monkeypatch.setattr(relay_module, "RETRY_SECONDS", 0.3)
    await set_on_topic(settings, message_timestamp_after_max_ms=HOUR_MS)
    return settings


async def test_a_ticket_with_a_refused_event_waits_and_all_others_are_published_once(
    db: Database, strict: EngineSettings
) -> None:
    async with running((publishing := relay(db, strict)).run()):
        await append_all(db)
        await until_relayed(strict, EVERYBODY_ELSES)
        assert_each_once_in_order(await settled(strict), EVERYBODY_ELSES)
        assert publishing.failure is None
        assert {ticket: event.version for ticket, event in (await read_publication(db)).withheld.items()} == {
            "t3": 2,
            "t4": 2,
        }
        await append_all(db, range(VERSIONS + 1, VERSIONS + 2))
        others = EVERYBODY_ELSES | {f"t{n}:{VERSIONS + 1}" for n in range(TICKETS) if n not in {3, 4}}
        await until_relayed(strict, others)
        assert_each_once_in_order(await settled(strict), others)
        await set_on_topic(strict, message_timestamp_after_max_ms=FOR_EVER_MS)
        wanted = all_of(range(TICKETS), VERSIONS + 1)
        assert_each_once_in_order(await until_relayed(strict, wanted), wanted)

        async def all_told() -> bool:
            return not (await read_publication(db)).withheld

        await until(all_told)


async def test_withheld_events_are_reported_and_count_as_lag(
    db: Database, strict: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.command.relay.relay_lag.LOOK_SECONDS", 0.2)
    publishing = relay(db, strict)

    async def lags() -> bool:
        return publishing.lag_seconds > 1

    async with running(publishing.run()), living(db, strict, "gateway", "gateway"):
        await append(db, event("t1", 1, sent=AHEAD), event("t1", 2), event("t2", 1))
        await until_relayed(strict, {"t2:1"})
        await until(lags)
        status = await look_at(Stack(**strict.model_dump()))
        withheld = (
            "Kafka refuses event t1:1 (INVALID_TIMESTAMP); it is withheld, with what follows it in its ticket, until "
            "the settings of the topic or the broker allow it."
        )
        assert withheld in status.problems
        assert status.lag is not None
        assert status.lag.events == 2  # t2:1 is published, and not applied
        assert not status.lag.exact
        await set_on_topic(strict, message_timestamp_after_max_ms=FOR_EVER_MS)
        await until_relayed(strict, {"t1:1", "t1:2"})

        async def caught_up() -> bool:
            return publishing.lag_seconds == 0

        await until(caught_up)


async def test_a_starting_relay_first_offers_the_withheld_events(db: Database, strict: EngineSettings) -> None:
    async with running(relay(db, strict).run()):
        await append_all(db)
        await until_relayed(strict, EVERYBODY_ELSES)
        await until(lambda: _withholds(db, 2))
    await append_all(db, range(VERSIONS + 1, VERSIONS + 2))
    await set_on_topic(strict, message_timestamp_after_max_ms=FOR_EVER_MS)
    async with running(relay(db, strict).run()):
        wanted = all_of(range(TICKETS), VERSIONS + 1)
        records = await until_relayed(strict, wanted)
    assert set(ids(records)) == wanted
    for n in (3, 4):
        own = [name for name in ids(records) if name.startswith(f"t{n}:")]
        assert list(dict.fromkeys(own)) == [f"t{n}:{version}" for version in range(1, VERSIONS + 2)]


async def _withholds(db: Database, tickets: int) -> bool:
    return len((await read_publication(db)).withheld) == tickets


async def test_with_too_many_refusals_it_stops_with_a_reason_and_repeats_nothing(
    db: Database, strict: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withheld_module, "MOST", 3)
    names = [f"t{n}" for n in range(6)]
    async with running((publishing := relay(db, strict)).run()):
        await append(db, event("before", 1), *(event(name, 1, sent=AHEAD) for name in names))

        async def stopped() -> bool:
            return publishing.failure is not None

        await until(stopped)
        assert publishing.failure
        assert publishing.failure.startswith("Kafka refuses events of ")
        await append(db, event("behind", 1), *(event(name, 2) for name in names))
        assert ids(await settled(strict)) == ["before:1"]
        await set_on_topic(strict, message_timestamp_after_max_ms=FOR_EVER_MS)
        wanted = {"before:1", "behind:1", *(f"{name}:{version}" for name in names for version in (1, 2))}
        records = await until_relayed(strict, wanted)
        assert set(ids(records)) == wanted
        for name in names:
            assert list(dict.fromkeys(one for one in ids(records) if one.startswith(name))) == [
                f"{name}:1",
                f"{name}:2",
            ]

        async def goes_on() -> bool:
            return publishing.failure is None

        await until(goes_on)


async def test_a_refill_skips_refused_events_and_continues(db: Database, strict: EngineSettings) -> None:
    await append_all(db)
    await begin_refill(db, await read_publication(db), {})
    async with running(relay(db, strict).run()):
        await until_relayed(strict, EVERYBODY_ELSES)
        assert set(ids(await settled(strict))) == EVERYBODY_ELSES
        assert (await read_publication(db)).refill is None
        await set_on_topic(strict, message_timestamp_after_max_ms=FOR_EVER_MS)
        records = await until_relayed(strict, all_of(range(TICKETS)))
    assert_first_occurrences_in_order(records, tickets=TICKETS, versions=VERSIONS)


async def test_only_the_event_that_is_too_large_for_the_topic_is_refused(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "OFFERED_SECONDS", 1.0)
    await set_on_topic(settings, max_message_bytes="20000")
    events = [event("same", n, size=30_000 if n == 15 else 3_000) for n in range(1, 21)]
    others = [event(f"t{n}", 1, size=3_000) for n in range(40)]
    async with running(relay(db, settings).run()):
        await append(db, *events, *others)
        wanted = {f"same:{n}" for n in range(1, 15)} | {f"t{n}:1" for n in range(40)}
        await until_relayed(settings, wanted)
        assert_each_once_in_order(await settled(settings), wanted)
        await set_on_topic(settings, max_message_bytes="1000000")
        wanted |= {f"same:{n}" for n in range(15, 21)}
        assert_each_once_in_order(await until_relayed(settings, wanted), wanted)
