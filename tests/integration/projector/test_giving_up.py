"""What fails again and again is not tried for ever: the worker ends, for its supervisor to start it anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress

import pytest

from services.projector.projection import Projection, StuckError
from shared.directory import Patrimony
from shared.mongo import Database
from shared.replica import DirectoryReplica
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.support.directory import PARK, SOUTH, publish_directory
from tests.support.tasks import running
from tests.support.tickets import AT_NORTH, publish_events, stored, ticket_uid
from tests.support.views import until_applied

PATIENCE = 40
"""Seconds within which it gives up here."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.projector.projection.FAILURES", 5)
    monkeypatch.setattr("services.projector.projection.RETRY_SECONDS", 0.05)


@asynccontextmanager
async def projection_of(db: Database, settings: EngineSettings) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a projection that may fail."""
    topics = Topics(settings.topic_prefix)
    async with DirectoryReplica(settings.kafka, topics.directory) as replica, running(replica.follow()):
        group = f"{settings.topic_prefix}giving-up"
        task = asyncio.create_task(Projection(db, settings.kafka, topics.ticket_events, group, replica).run())
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, StuckError):
                await task


async def assert_given_up(projection: Awaitable[None]) -> None:
    with pytest.raises(StuckError) as given_up:
        async with asyncio.timeout(PATIENCE):
            await projection
    assert str(given_up.value) == "Gave up after 5 attempts: Document failed validation (code 121)"


async def test_a_batch_that_can_never_be_written(
    db: Database, settings: EngineSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    await db.command("collMod", "tickets", validator={"version": {"$ne": 2}})
    await publish_directory(settings)
    ticket = ticket_uid(1)
    async with projection_of(db, settings) as projection:
        await publish_events(settings, [stored(ticket, 1, "TicketOpened", locationRef=AT_NORTH)])
        await until_applied(db, 1)
        await publish_events(settings, [stored(ticket, 2, "MessageAdded")])
        await assert_given_up(projection)
    assert await db.journal.count_documents({}) == 1
    logged = capsys.readouterr().out
    assert "batch_failed" in logged
    assert "John Doe" not in logged


async def test_a_directory_change_that_can_never_be_shown_while_batches_are_written(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.projector.refresh.MOST_AT_ONCE", 1)
    *_, last = in_the_park = [ticket_uid(number) for number in range(6)]
    busy = ticket_uid(9)
    await db.command("collMod", "tickets", validator={"$nor": [{"_id": last, "agencies": [SOUTH]}]})
    await publish_directory(settings)
    location = {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"}
    opened = [stored(ticket, 1, "TicketOpened", locationRef=location) for ticket in in_the_park]
    async with projection_of(db, settings) as projection:
        await publish_events(settings, [*opened, stored(busy, 1, "TicketOpened", locationRef=AT_NORTH)])
        await until_applied(db, 7)
        async with running(going_on(settings, busy)):
            await publish_directory(settings, [Patrimony(uid=PARK, ref="ZER319", agencyUids=(SOUTH,))])
            await assert_given_up(projection)
    assert await db.tickets.count_documents({"agencies": [SOUTH]}) == 5
    assert await db.journal.count_documents({"ticket": busy}) > 5


async def going_on(settings: EngineSettings, ticket: str) -> None:
    """Publish one event of the ticket after the other."""
    for version in range(2, 2_000):
        await publish_events(settings, [stored(ticket, version, "MessageAdded")])
