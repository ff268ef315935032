"""A projector killed while it applies a changed directory: the next projector starts the walk again."""

import asyncio
import signal
from functools import partial
from pathlib import Path

from shared.directory.entries import Patrimony, ProviderContact
from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.support.data.directory import NORTH, PARK, SOUTH, publish_directory
from tests.support.data.tickets import publish_events, stored, ticket_uid
from tests.support.expected.views import until, until_applied, whole_views
from tests.support.processes.projecting import projected_anew, until_shown
from tests.support.processes.services import service

PROVIDER = "7943797a-93c4-73f9-48f8-6baea5e94d13"
IN_THE_PARK = {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"}
TICKETS = 3_000
TURNS = 3


async def test_a_projector_killed_during_walks_shows_the_whole_directory_at_the_end(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    await publish_directory(settings)
    log = tmp_path / "log"
    async with service("projector", settings, log):
        kinds = ("TicketOpened", "ProviderAssigned", "ArrivedOnSite")
        for version, kind in enumerate(kinds, 1):
            more = {"locationRef": IN_THE_PARK} if version == 1 else {}
            await publish_events(settings, [stored(ticket_uid(n), version, kind, **more) for n in range(TICKETS)])
        await until_applied(db, TICKETS * 3)
        await until_shown(db, settings)
    for turn in range(TURNS):
        name, agencies = f"Provider {turn}", ((SOUTH,), (SOUTH, NORTH), (NORTH,))[turn]
        provider = ProviderContact(uid=PROVIDER, name=name, phones=(), fax=(), emails=())
        await publish_directory(settings, [Patrimony(uid=PARK, ref="ZER319", agencyUids=agencies), provider])
        async with service("projector", settings, log) as projector:
            await until(partial(_is_begun, db, name.lower()), 60)
            commenting = [stored(ticket_uid(n), 4 + turn, "MessageAdded") for n in range(0, TICKETS, 7)]
            await asyncio.gather(publish_events(settings, commenting), _kill(projector))
        assert 0 < await db.tickets.count_documents({"texts": name.lower()}) < TICKETS
    async with service("projector", settings, log):
        await until_shown(db, settings)
    assert await whole_views(db) == await projected_anew(settings)


async def _is_begun(db: Database, shown: str) -> bool:
    return await db.tickets.count_documents({"texts": shown}, limit=1) == 1


async def _kill(projector: asyncio.subprocess.Process) -> None:
    projector.send_signal(signal.SIGKILL)
    assert await projector.wait() == -signal.SIGKILL
