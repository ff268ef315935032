"""A whole platform of processes: three command services, one of them slow, two projectors, a gateway, and clients."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import aiohttp

from shared.clock import utc_now
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS
from tests.integration.command.command_platform import logged_in
from tests.support.clients.http import answering, free_port
from tests.support.clients.pollers import Poller, late_events, stored_events
from tests.support.clients.traffic import traffic
from tests.support.data.directory import SOUTH, publish_directory
from tests.support.expected.views import until
from tests.support.processes.services import program, service

PLAIN = ("command-1", "command-2")
SLOW = "slow"
COMMANDS = (*PLAIN, SLOW)
PROJECTORS = ("projector-1", "projector-2")
CLIENTS = 8
ON_TURNS = (SLOW, *PLAIN)
PAUSES = {PLAIN: 0.15, ON_TURNS: 0.05, (SLOW,): 0.05}
"""The services that each group of clients writes to in turn, and the seconds between two commands."""


class Habit(NamedTuple):
    """How one poller polls: its user, the agencies that user sees (none: all), its pause and its clock's error."""

    login: str
    agencies: tuple[str, ...]
    pause: float
    clock: float = 0.0


HABITS = {
    "back to back": Habit("all", (), 0),
    "often": Habit("all", (), 0.3),
    "with pauses": Habit("all", (), 2),
    "ahead": Habit("all", (), 0.3, 0.5),
    "far ahead": Habit("all", (), 0, 4),
    "further ahead than is waited for": Habit("all", (), 0.3, 60),
    "in a scope": Habit("south", (SOUTH,), 0.3),
}


@dataclass(frozen=True, slots=True)
class Platform:
    """The processes by name, the URLs of those that have one, and the users' sessions."""

    db: Database
    processes: Mapping[str, Process]
    urls: Mapping[str, str]
    cookies: Mapping[str, str]

    def written_to(self, *targets: tuple[str, ...]) -> AbstractAsyncContextManager[None]:
        """Let clients send commands to each of `targets`; a target lists the services that one client uses in turn."""
        return traffic(self.urls, self.cookies["all"], {target: PAUSES[target] for target in targets}, CLIENTS)

    def client(self) -> aiohttp.ClientSession:
        """Return a client of the gateway; the caller closes it."""
        timeout, jar = aiohttp.ClientTimeout(20), aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(self.urls["gateway"], timeout=timeout, cookie_jar=jar)

    @asynccontextmanager
    async def polled(self) -> AsyncIterator[dict[str, Poller]]:
        """Run pollers of all habits during the block; at its end they must have exactly the stored events."""
        start = utc_now() - timedelta(seconds=10)  # nothing is written yet, but a clock may be behind
        async with self.client() as client:
            pollers = {
                name: Poller(client, self.cookies[habit.login], habit.pause, start, habit.clock)
                for name, habit in HABITS.items()
            }
            async with asyncio.TaskGroup() as group:
                for poller in pollers.values():
                    group.create_task(poller.poll())
                yield pollers
                await until(self._at_rest)
                for poller in pollers.values():
                    poller.enough.set()
        late = await late_events(self.db)
        for name, poller in pollers.items():
            stored = await stored_events(self.db, *HABITS[name].agencies)
            faults = list(poller.faults(stored, late))
            assert stored
            assert not faults, (name, len(stored), faults)

    async def until_stored(self, more: int) -> None:
        """Wait until `more` more events are stored."""
        wanted = await self.db.events.count_documents({}) + more

        async def stored() -> bool:
            return await self.db.events.count_documents({}) >= wanted

        await until(stored)

    async def _at_rest(self) -> bool:
        """Return whether the views hold every event, and no event is dated in the future."""
        newest = await self.db.events.find_one({}, {"sentDate": 1}, sort=[("sentDate", -1)])
        applied = await self.db.journal.count_documents({}) == await self.db.events.count_documents({})
        return applied and newest is not None and newest["sentDate"] < utc_now()


@asynccontextmanager
async def platform(
    settings: EngineSettings, db: Database, folder: Path, *, clock: float = 0
) -> AsyncIterator[Platform]:
    """Run a platform; each process logs to a file of its name. The slow service's clock is `clock` seconds ahead."""

    async def projecting() -> bool:
        recent = {"feedUntil": {"$gt": utc_now() - timedelta(seconds=5)}}
        return await db.checkpoints.count_documents(recent) == PARTITIONS

    await publish_directory(settings)
    cookies = await logged_in(db, {habit.login for habit in HABITS.values()})
    ports = {name: free_port() for name in (*COMMANDS, "gateway")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    behind = ",".join(urls[name] for name in PLAIN)
    wanted = {name: service("command", settings, folder / name, name=name, port=ports[name]) for name in PLAIN}
    wanted[SLOW] = program(
        "tests.support.processes.slow_commands", settings, folder / SLOW, name=SLOW, port=ports[SLOW], clock=clock
    )
    wanted |= {name: service("projector", settings, folder / name, name=name) for name in PROJECTORS}
    wanted["gateway"] = service("gateway", settings, folder / "gateway", port=ports["gateway"], command_urls=behind)
    async with AsyncExitStack() as stack:
        processes = {name: await stack.enter_async_context(process) for name, process in wanted.items()}
        for name, url in urls.items():
            await answering(url, processes[name], folder / name)
        await until(projecting)
        yield Platform(db, processes, urls, cookies)
