"""Appends whose answer is lost: the store finds out whether they were written before it answers anybody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from services.command.event_store import ConflictError, EventStore, NewEvent
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from tests.support.engines.proxy import Proxy, proxy
from tests.support.expected.views import until
from tests.support.processes.tasks import running

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def new(ticket: str, version: int, process: str) -> NewEvent:
    return NewEvent(ticket, version, process, "MessageAdded", NOW, b"{}")


@pytest.fixture
async def between(settings: EngineSettings) -> AsyncIterator[Proxy]:
    """Put a proxy between the event store and MongoDB."""
    async with proxy(urlsplit(settings.mongo).port or 0) as made:
        yield made


@pytest.fixture
async def store(between: Proxy, settings: EngineSettings) -> AsyncIterator[EventStore]:
    url = f"mongodb://127.0.0.1:{between.port}/?directConnection=true&retryWrites=false"
    async with connected(url, timeout_ms=500) as client:
        store = EventStore(database(client, settings.database))
        async with running(store.write()):
            yield store


async def test_an_append_whose_answer_was_lost_is_acknowledged_once_it_is_known_to_be_written(
    store: EventStore, between: Proxy, db: Database
) -> None:
    async def written() -> bool:
        return await db.events.count_documents({}) == 3

    await store.append(new("warm", 1, "up"))
    between.losing_answers = True
    appending = [asyncio.create_task(store.append(new(ticket, 1, "p"))) for ticket in ("a", "b")]
    await until(written)
    between.losing_answers = False
    async with asyncio.timeout(30):
        await asyncio.gather(*appending)
    assert await db.events.count_documents({}) == 3


async def test_a_key_that_another_writer_took_meanwhile_is_a_conflict_even_for_the_same_command(
    store: EventStore, between: Proxy, db: Database
) -> None:
    await store.append(new("warm", 1, "up"))
    between.closed = True
    between.cut()
    appending = asyncio.create_task(store.append(new("a", 1, "p")))
    await db.events.insert_one(new("a", 1, "p").document())
    between.closed = False
    with pytest.raises(ConflictError):
        async with asyncio.timeout(30):
            await appending
    assert await db.events.count_documents({"ticket": "a"}) == 1


async def test_waiting_appends_are_written_after_an_outage_and_cancelled_ones_are_not(
    store: EventStore, between: Proxy, db: Database
) -> None:
    await store.append(new("warm", 1, "up"))
    between.closed = True
    between.cut()
    first = asyncio.create_task(store.append(new("first", 1, "p")))
    await asyncio.sleep(0)
    given_up, waiting = (asyncio.create_task(store.append(new(ticket, 1, "p"))) for ticket in ("gone", "here"))
    await asyncio.sleep(0)
    given_up.cancel()
    between.closed = False
    async with asyncio.timeout(30):
        await asyncio.gather(first, waiting)
    assert {event["ticket"] async for event in db.events.find({})} == {"warm", "first", "here"}
