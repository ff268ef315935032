"""A projector killed while it applies events: every event is applied exactly once."""

import asyncio
import signal
from pathlib import Path

from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.support.data.directory import publish_directory
from tests.support.data.tickets import Stored, interleaved, life, publish_events, ticket_uid
from tests.support.expected.views import assert_applied_exactly_once, until_applied
from tests.support.processes.services import service

TICKETS, VERSIONS = 100, 40
KILLED_AFTER = (600, 1_500, 2_400)


async def test_a_projector_killed_three_times_applies_every_event_exactly_once(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    await publish_directory(settings)
    lives = [life(ticket_uid(number), VERSIONS) for number in range(TICKETS)]
    events = interleaved(lives)
    log = tmp_path / "log"
    for applied in KILLED_AFTER:
        async with service("projector", settings, log) as projector:
            publishing = asyncio.create_task(_publish_ahead(settings, events[: applied + 500]))
            await until_applied(db, applied)
            projector.send_signal(signal.SIGKILL)
            assert await projector.wait() == -signal.SIGKILL, log.read_text()
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
        assert await db.journal.count_documents({}) < TICKETS * VERSIONS
    await publish_events(settings, events)
    async with service("projector", settings, log):
        await until_applied(db, TICKETS * VERSIONS)
    await assert_applied_exactly_once(db, lives)


async def _publish_ahead(settings: EngineSettings, events: list[Stored]) -> None:
    """Publish a few events at a time, so that the projector always has some to apply."""
    for start in range(0, len(events), 20):
        await publish_events(settings, events[start : start + 20])
