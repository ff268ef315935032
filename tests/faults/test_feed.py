"""The event feed while services are slow, stopped or dead: pollers that continue from `Feed-Until` miss nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from services.command.relay.lease import Lease
from shared.clock import utc_now
from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.faults.whole_platform import ON_TURNS, PLAIN, PROJECTORS, SLOW, Platform, platform
from tests.support.clients.pollers import Poller, late_events
from tests.support.expected.views import until
from tests.support.processes.slow_commands import DELAYS, UNDER_WAY
from tests.support.processes.tasks import running

STOPPED_SECONDS = 5.0
DEAD_SECONDS = 10.0
LAG_SECONDS = 3.0
POLL_SECONDS = 1.5
"""Longest wait of a poll up to now while no event is under way."""
STAGGERED = [n * 0.1 for n in range(8)]
LONGER_THAN_A_SESSION = 7.0
"""Seconds after which the consumer group gives a silent projector's partitions to another."""


@pytest.fixture
async def whole(settings: EngineSettings, db: Database, tmp_path: Path) -> AsyncIterator[Platform]:
    """Run a platform with correct clocks."""
    async with platform(settings, db, tmp_path) as made:
        yield made


@pytest.mark.parametrize("clock", [0.2, -0.2], ids=["ahead", "behind"])
async def test_pollers_miss_no_event_of_a_slow_service_with_a_wrong_clock(
    settings: EngineSettings, db: Database, tmp_path: Path, clock: float
) -> None:
    async with platform(settings, db, tmp_path, clock=clock) as whole:
        async with whole.polled(), whole.written_to(PLAIN, ON_TURNS):
            await whole.until_stored(200)
        assert await late_events(db)


async def test_pollers_miss_no_event_of_a_service_stopped_during_an_append(
    whole: Platform, db: Database, tmp_path: Path
) -> None:
    async with whole.polled(), whole.written_to(PLAIN, (SLOW,)):
        await whole.until_stored(60)
        await _until_in_mid_append(tmp_path / SLOW)
        whole.processes[SLOW].send_signal(signal.SIGSTOP)
        await asyncio.sleep(STOPPED_SECONDS)
        whole.processes[SLOW].send_signal(signal.SIGCONT)
        await whole.until_stored(60)
    assert max((await late_events(db)).values()) > STOPPED_SECONDS - 1


async def test_pollers_miss_no_event_while_the_relay_is_dead(whole: Platform, db: Database) -> None:
    lease = await db.leases.find_one({"_id": "relay"})
    assert lease
    holder = lease["holder"]
    async with whole.polled(), whole.written_to(PLAIN, ON_TURNS):
        await whole.until_stored(60)
        whole.processes[holder].kill()
        # Nobody publishes while the dead relay's lease is renewed.
        async with Lease(db, "relay", holder) as kept, running(kept.keep()):
            await whole.processes[holder].wait()
            await asyncio.sleep(DEAD_SECONDS)
        await whole.until_stored(60)
    assert max((await late_events(db)).values()) > DEAD_SECONDS - 2


async def test_pollers_miss_no_event_of_lagging_projectors(whole: Platform) -> None:
    async with whole.polled() as pollers, whole.written_to(PLAIN, ON_TURNS):
        await whole.until_stored(60)
        await _stop(whole, PROJECTORS, LAG_SECONDS)
        await whole.until_stored(60)
        await _stop(whole, PROJECTORS[:1], LONGER_THAN_A_SESSION)
        await whole.until_stored(60)
    assert all(poller.refused for poller in pollers.values() if not poller.clock)


async def test_a_poll_up_to_now_is_answered_quickly_without_new_events(whole: Platform) -> None:
    waits = []
    async with whole.client() as client:
        for pause in STAGGERED:
            await asyncio.sleep(pause)
            began, now = monotonic(), utc_now()
            await Poller(client, whole.cookies["all"], 0, now).window(now, now)
            waits.append(monotonic() - began)
    assert sorted(waits)[len(waits) // 2] <= POLL_SECONDS, waits  # single ones may meet a pause of the machine


async def _until_in_mid_append(log: Path) -> None:
    """Wait until a long insert of the slow service has just begun."""
    long = f"{UNDER_WAY} {max(DELAYS)}"
    before = log.read_text().count(long)

    async def begun() -> bool:
        return log.read_text().count(long) > before

    await until(begun)


async def _stop(whole: Platform, names: tuple[str, ...], seconds: float) -> None:
    for name in names:
        whole.processes[name].send_signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    for name in names:
        whole.processes[name].send_signal(signal.SIGCONT)
