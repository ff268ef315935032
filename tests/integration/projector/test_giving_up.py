"""An operation that always fails is not tried forever: the worker ends, and its supervisor starts it again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress

import pytest

from services.projector.giving_up import StuckError
from services.projector.projection import Projection
from shared.directory.entries import Patrimony
from shared.directory.replica import DirectoryReplica
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.support.data.directory import PARK, SOUTH, publish_directory
from tests.support.data.tickets import AT_NORTH, publish_events, stored, ticket_uid
from tests.support.expected.views import until_applied
from tests.support.processes.tasks import running

PATIENCE = 40
"""Seconds within which it must give up in these tests."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.projector.giving_up.FAILURES", 5)
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
    """Publish the ticket's events one after the other."""
    for version in range(2, 2_000):
        await publish_events(settings, [stored(ticket, version, "MessageAdded")])
