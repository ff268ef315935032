"""Runs `ticketstream`, and simulates services by their heartbeats."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shared.mongo import Database
from shared.process.heartbeats import Heartbeat, Service, beat
from shared.process.settings import EngineSettings, ServiceSettings

COMMAND = (sys.executable, "-m", "services.cli")
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command's exit code and output."""

    code: int | None
    out: str
    err: str


class CommandLine:
    """Runs commands in an empty folder, with the engines in the environment."""

    def __init__(self, engines: EngineSettings, folder: Path) -> None:
        self.folder = folder
        own = {f"TICKETSTREAM_{name.upper()}": value for name, value in engines.model_dump().items()}
        others = {name: value for name, value in os.environ.items() if not name.startswith("TICKETSTREAM_")}
        self.environment = others | own | {"COLUMNS": "200"}

    async def start(self, *words: str, **streams: Any) -> Process:
        """Start a command; `streams` are those of a subprocess."""
        return await asyncio.create_subprocess_exec(
            *COMMAND, *words, cwd=self.folder, env=self.environment, **{"stdin": PIPE, "stdout": PIPE} | streams
        )

    async def __call__(self, *words: str, stdin: bytes = b"") -> Outcome:
        """Run a command to its end."""
        return await ended(await self.start(*words, stderr=PIPE), stdin)


async def ended(process: Process, stdin: bytes | None = b"") -> Outcome:
    """Wait for the end of a command that was started with pipes; standard input may be missing."""
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Outcome(process.returncode, out.decode(), err.decode())


class Living:
    """A simulated service whose heartbeat carries `heartbeat`."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat

    def says(self, **changed: Any) -> None:
        """Change the facts of its next heartbeats."""
        self.heartbeat = replace(self.heartbeat, **changed)


@asynccontextmanager
async def living(
    db: Database, settings: EngineSettings, service: Service, name: str, *, restarts: int | None = 2, **said: Any
) -> AsyncIterator[Living]:
    """Simulate a service during the block; its first heartbeat is stored before the block begins."""
    played = Living(Heartbeat(**{"directoryOffset": 0} | said))

    async def report() -> Heartbeat:
        return played.heartbeat

    identity = ServiceSettings(**settings.model_dump(), name=name, restarts=restarts)
    beating = asyncio.create_task(beat(db, service, identity, report))
    try:
        async with asyncio.timeout(10):
            while await db.heartbeats.find_one({"_id": name}) is None:
                await asyncio.sleep(0.02)
        yield played
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
