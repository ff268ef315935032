"""The live feed while gateways are killed: clients that go on behind their last id have every event exactly once."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from shared.clock import utc_now, wire
from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.faults.whole_platform import ON_TURNS, PLAIN, platform
from tests.support.clients.event_streams import Follower
from tests.support.clients.http import answering, free_port
from tests.support.clients.pollers import late_events, stored_events
from tests.support.data.directory import SOUTH
from tests.support.expected.views import until
from tests.support.processes.services import service
from tests.support.processes.tasks import running

EVENTS = 150
"""Events that are stored before, between and after the kills."""


async def test_streams_have_every_event_once_though_gateways_are_killed(
    settings: EngineSettings, db: Database, tmp_path: Path
) -> None:
    begin, port = utc_now() - timedelta(seconds=10), free_port()
    async with platform(settings, db, tmp_path) as whole:
        behind = ",".join(whole.urls[name] for name in PLAIN)
        urls = [whole.urls["gateway"], f"http://127.0.0.1:{port}"]
        followers = {
            "first": Follower(urls, whole.cookies["all"], begin),
            "second": Follower(urls[::-1], whole.cookies["all"], begin),
            "in a scope": Follower(urls, whole.cookies["south"], begin),
        }
        async with AsyncExitStack() as started:
            second = await started.enter_async_context(
                service("gateway", settings, tmp_path / "gateway-2", name="gateway-2", port=port, command_urls=behind)
            )
            await answering(urls[1], second, tmp_path / "gateway-2")
            await started.enter_async_context(running(*(follower.follow() for follower in followers.values())))
            async with whole.written_to(PLAIN, ON_TURNS):
                await whole.until_stored(EVENTS)
                whole.processes["gateway"].kill()
                await whole.until_stored(EVENTS)
                again = {"port": int(urls[0].rpartition(":")[2]), "command_urls": behind}
                first = await started.enter_async_context(
                    service("gateway", settings, tmp_path / "gateway-again", **again)
                )
                await answering(urls[0], first, tmp_path / "gateway-again")
                second.kill()
                await whole.until_stored(EVENTS)
            await _until_all_came(db, followers)
    assert await late_events(db)
    for name, follower in followers.items():
        stored = await stored_events(db, *([SOUTH] if name == "in a scope" else []))
        had = Counter(event["processUid"] for event in follower.events)
        assert len(follower.streams) > 1, name
        assert stored.keys() - had.keys() == set(), name
        assert {process: times for process, times in had.items() if times > 1} == {}, name
        assert {event["processUid"]: event for event in follower.events} == stored, name


async def _until_all_came(db: Database, followers: Mapping[str, Follower]) -> None:
    """Wait until the views have every event, and the followers have reached the date of the last one."""

    async def reached() -> bool:
        lines = await db.journal.find({}, {"sent": 1, "late": 1}).to_list(None)
        last: datetime = max(line.get("late") or line["sent"] for line in lines)
        ids = [follower.last_id for follower in followers.values()]
        return len(lines) == await db.events.count_documents({}) and min(ids) >= wire(last)

    await until(reached)
