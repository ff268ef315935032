"""Runs the command `ticketstream` as a user does."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

SECONDS = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command's exit code and output."""

    code: int | None
    out: str
    err: str


@asynccontextmanager
async def started(
    *words: str, stdout: int = PIPE, environment: Mapping[str, str] | None = None, module: str = "services.cli"
) -> AsyncIterator[Process]:
    """Start a command whose only settings are in `environment`; it is killed if it still runs at the end."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("TICKETSTREAM_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, env={**others, **(environment or {})}, stdout=stdout, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ended(process: Process, seconds: float = SECONDS) -> Outcome:
    """Wait for the end of a command and return its exit code and its unread output."""
    out, err = await asyncio.wait_for(process.communicate(), seconds)
    return Outcome(process.returncode, (out or b"").decode(), err.decode())


async def line_with(stream: asyncio.StreamReader | None, text: str, seconds: float = SECONDS) -> str:
    """Read from `stream` until a line contains `text`, and return that line."""
    assert stream is not None
    async with asyncio.timeout(seconds):
        while line := await stream.readline():
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"{text} was never said")
