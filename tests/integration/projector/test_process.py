"""The projector as a process: its heartbeat, and its end."""

import signal
from pathlib import Path

from shared.kafka import GROUP_SESSION_MS
from shared.mongo import Database
from shared.process.heartbeats import living
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS
from tests.support.expected.views import until
from tests.support.processes.logs import events_in, has_failure
from tests.support.processes.services import service


async def test_the_heartbeat_starts_with_partitions_and_is_deleted_at_the_end(
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
    assert not has_failure(log.read_text())


async def test_uncounted_restarts_are_not_reported(db: Database, settings: EngineSettings, tmp_path: Path) -> None:
    async def beats() -> bool:
        return bool(await living(db))

    async with service("projector", settings, tmp_path / "log"):
        await until(beats)
        assert [beat["restarts"] for beat in await living(db)] == [None]


async def test_without_an_initialised_database_it_says_so_and_ends(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    await db.checkpoints.delete_many({})
    log = tmp_path / "log"
    async with service("projector", settings, log) as projector:
        assert await projector.wait() == 1
    assert "ticketstream init" in log.read_text().splitlines()[-1]


async def test_a_killed_worker_keeps_its_partitions_and_a_stopped_one_releases_them(
    settings: EngineSettings, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"

    def assigned(log: Path) -> list[set[str]]:
        events = events_in(log.read_text())
        return [set(event["offsets"]) for event in events if event["event"] == "partitions_assigned"]

    async with service("projector", settings, two, name="two") as second:
        async with service("projector", settings, one, name="one") as first:

            async def share() -> bool:
                return bool(assigned(one) and assigned(two)) and not assigned(two)[-1] & assigned(one)[-1]

            await until(share)
            before, others = assigned(one), assigned(two)
            its = before[-1]
            assert its | others[-1] == {str(number) for number in range(PARTITIONS)}
            first.kill()
            await first.wait()
        async with service("projector", settings, one, name="one"):

            async def has_them_back() -> bool:
                return len(assigned(one)) > len(before)

            await until(has_them_back)
            assert assigned(one)[-1] == its
            assert assigned(two) == others
            second.send_signal(signal.SIGTERM)
            assert await second.wait() == 0

            async def has_all() -> bool:
                return len(assigned(one)[-1]) == PARTITIONS

            await until(has_all, GROUP_SESSION_MS / 2_000)
