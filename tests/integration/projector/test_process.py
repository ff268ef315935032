"""The projector as a process: its heartbeat, and how it ends."""

import signal
from pathlib import Path

from shared.heartbeats import living
from shared.mongo import Database
from shared.settings import EngineSettings
from tests.support.logs import tells_of_failure
from tests.support.services import service
from tests.support.views import until


async def test_it_beats_once_it_has_partitions_and_takes_its_heartbeat_along_when_told_to_stop(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    async def beats() -> bool:
        return bool(await living(db))

    log = tmp_path / "log"
    async with service("projector", settings, log, restarts=3) as projector:
        await until(beats)
        (beat,) = await living(db)
        assert (beat["_id"], beat["service"], beat["pid"]) == ("projector-1", "projector", projector.pid)
        assert (beat["restarts"], beat["directoryOffset"], beat["stopped"]) == (3, 0, [])
        projector.send_signal(signal.SIGTERM)
        assert await projector.wait() == 0, log.read_text()
    assert await living(db) == []
    assert not tells_of_failure(log.read_text())


async def test_restarts_that_nobody_counts_are_not_told(db: Database, settings: EngineSettings, tmp_path: Path) -> None:
    async def beats() -> bool:
        return bool(await living(db))

    async with service("projector", settings, tmp_path / "log"):
        await until(beats)
        assert [beat["restarts"] for beat in await living(db)] == [None]


async def test_without_a_database_that_was_initialised_it_says_so_and_ends(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    await db.checkpoints.delete_many({})
    log = tmp_path / "log"
    async with service("projector", settings, log) as projector:
        assert await projector.wait() == 1
    assert "ticketstream init" in log.read_text().splitlines()[-1]
