"""Which services live: a new heartbeat counts, not its date alone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.mongo import Database
from shared.process import heartbeats
from shared.process.heartbeats import BEAT_SECONDS, living, recent
from shared.process.settings import EngineSettings
from tests.integration.cli import cli_platform as played
from tests.support.processes.tasks import running

LONG = timedelta(minutes=10)


async def names(db: Database) -> list[str]:
    return [beat["_id"] for beat in await living(db)]


async def put(db: Database, name: str, at: datetime) -> None:
    await db.heartbeats.replace_one({"_id": name}, {"_id": name, "service": "gateway", "pid": 1, "at": at}, upsert=True)


@pytest.mark.parametrize("since", [-LONG, LONG, timedelta(seconds=30)], ids=["behind", "ahead", "a little ahead"])
async def test_a_dead_service_does_not_live_with_any_date(
    db: Database, settings: EngineSettings, since: timedelta
) -> None:
    await put(db, "dead", datetime.now(UTC) + since)
    async with played.living(db, settings, "gateway", "alive"):
        assert await names(db) == ["alive"]
    assert await names(db) == []


@pytest.mark.parametrize("since", [-LONG, LONG], ids=["behind", "ahead"])
async def test_a_service_with_a_new_heartbeat_lives_with_any_date(db: Database, since: timedelta) -> None:
    async def speak() -> None:
        while True:
            await put(db, "speaks", datetime.now(UTC) + since)
            await asyncio.sleep(BEAT_SECONDS)

    async with running(speak()):
        await asyncio.sleep(BEAT_SECONDS)
        assert await names(db) == ["speaks"]


async def test_recent_heartbeats_need_no_waiting(db: Database) -> None:
    await put(db, "heard", datetime.now(UTC) - timedelta(seconds=2))
    assert await names(db) == ["heard"]


async def test_those_who_ask_again_and_again_do_not_wait_for_an_old_heartbeat(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(db, "dead", datetime.now(UTC) - LONG)
    await put(db, "heard", datetime.now(UTC) - timedelta(seconds=2))
    monkeypatch.setattr(heartbeats, "LISTENED_SECONDS", 3_600)
    async with asyncio.timeout(60):
        assert [beat["_id"] for beat in await recent(db)] == ["heard"]
