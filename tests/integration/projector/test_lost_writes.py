"""Writes that fail, or whose answer is lost, while the next batch is prepared: that batch is thrown away."""

import asyncio

import pytest

from services.projector.intake.batch_limit import BatchLimit
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS
from tests.support.data.directory import publish_directory
from tests.support.data.tickets import interleaved, life, publish_events, ticket_uid
from tests.support.engines.proxy import Proxy
from tests.support.expected.views import assert_applied_exactly_once, until, until_applied
from tests.support.processes.projecting import projecting_into

TICKETS, EVENTS, TOGETHER = 60, 40, 40
"""Many events per ticket, so that a batch builds on tickets that the batch before it has changed."""


@pytest.mark.parametrize("loss", ["connection", "answers"])
async def test_each_event_is_applied_once_despite_lost_writes(
    db: Database,
    settings: EngineSettings,
    between: Proxy,
    through: Database,
    monkeypatch: pytest.MonkeyPatch,
    *,
    loss: str,
) -> None:
    monkeypatch.setattr("services.projector.projection.RETRY_SECONDS", 0.05)
    monkeypatch.setattr(BatchLimit.__init__, "__defaults__", (TOGETHER,))
    lives = [life(ticket_uid(number), EVENTS) for number in range(TICKETS)]
    await publish_directory(settings)
    await publish_events(settings, interleaved(lives))
    async with projecting_into(through, settings):
        for share in range(1, 6):
            await until_applied(db, share * TICKETS * EVENTS // 8)
            if loss == "connection":
                between.cut()
                continue
            between.losing_answers = True
            await asyncio.sleep(0.2)
            between.losing_answers = False
        await until_applied(db, TICKETS * EVENTS)
    await assert_applied_exactly_once(db, lives)


async def test_a_worker_stopped_during_a_batch_leaves_views_that_match_the_checkpoints(
    db: Database, settings: EngineSettings, through: Database
) -> None:
    lives = [life(ticket_uid(number), EVENTS) for number in range(TICKETS)]
    await publish_directory(settings)
    await publish_events(settings, interleaved(lives))
    for share in (1, 2, 3):
        async with projecting_into(through, settings):
            await until_applied(db, share * TICKETS * EVENTS // 4)
    async with projecting_into(db, settings):
        await until_applied(db, TICKETS * EVENTS)

        async def at_the_end() -> bool:
            offsets = [int(one["offset"]) async for one in db.checkpoints.find({})]
            return sum(offsets) == TICKETS * EVENTS

        await until(at_the_end)
    assert await db.checkpoints.count_documents({}) == PARTITIONS
    await assert_applied_exactly_once(db, lives)
