"""The program `examples/poll_feed.py`, run against a gateway and a projector."""

import json
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import utc_now, wire
from tests.integration.gateway.gateway_platform import PASSWORD, Platform, platform_on
from tests.support.data.tickets import Stored, interleaved, life, publish_events, ticket_uid
from tests.support.engines.chosen_engines import Engines
from tests.support.expected.views import until
from tests.support.processes.programs import started
from tests.support.processes.services import service

PROGRAM = Path(__file__).parents[3] / "examples" / "poll_feed.py"
TICKETS, VERSIONS = 30, 8
"""More events than fit on a page."""


@pytest.fixture(scope="module")
async def fed(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run a gateway and a projector."""
    folder = tmp_path_factory.mktemp("fed")
    async with platform_on(engines, folder) as running, service("projector", running.settings, folder / "projector"):
        yield running


async def test_it_keeps_every_event_once_through_kills_and_logouts(fed: Platform, tmp_path: Path) -> None:
    file, began = tmp_path / "events.sqlite", utc_now()
    events = interleaved([life(ticket_uid(number), VERSIONS) for number in range(TICKETS)])
    parts = [events[: len(events) // 2], events[len(events) // 2 : -20], events[-20:-10], events[-10:]]

    await publish_events(fed.settings, sent_now(parts[0]))
    async with polling(fed, file, began - timedelta(hours=3)):
        await until(lambda: keeps(file, len(parts[0])))
        await publish_events(fed.settings, sent_now(parts[1]))
    await publish_events(fed.settings, sent_now(parts[2]))  # while the program is dead
    async with polling(fed, file, began + timedelta(days=1)):
        await until(lambda: keeps(file, len(events) - 10))
        await fed.db.sessions.delete_many({})
        await publish_events(fed.settings, sent_now(parts[3]))
        await until(lambda: keeps(file, len(events)))
    wanted = {event.fields["processUid"]: event.fields for event in events}
    with closing(sqlite3.connect(file)) as kept:
        found = {process: json.loads(event) for process, event in kept.execute("SELECT * FROM events")}
    assert found == wanted


async def test_it_ends_when_it_is_refused_for_good(fed: Platform, tmp_path: Path) -> None:
    async with polling(fed, tmp_path / "events.sqlite", utc_now(), password="wrong") as process:
        _, said = await process.communicate()
    assert process.returncode == 1
    assert b"HTTP Error 4" in said


def sent_now(events: list[Stored]) -> list[Stored]:
    """Date these events as received now."""
    for event in events:
        event.fields["sentDate"] = wire(utc_now())
    return events


async def keeps(file: Path, events: int) -> bool:
    """Return whether the program's table holds this many events."""
    with closing(sqlite3.connect(file)) as kept:
        tables = kept.execute("SELECT name FROM sqlite_master WHERE name = 'events'").fetchall()
        return bool(tables) and kept.execute("SELECT count(*) FROM events").fetchone() == (events,)


def polling(
    fed: Platform, file: Path, start: datetime, password: str = PASSWORD
) -> AbstractAsyncContextManager[Process]:
    """Run the program during the block, and kill it at the end."""
    words = (sys.executable, PROGRAM, fed.url, "all", file, wire(start))
    return started(*words, folder=PROGRAM.parent, environment={"PASSWORD": password}, stderr=PIPE)
