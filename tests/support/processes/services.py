"""Service processes, started as the supervisor starts them."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.process.settings import EngineSettings

STOPPED_WITHIN = 30.0


@asynccontextmanager
async def service(module: str, settings: EngineSettings, log: Path, **more: object) -> AsyncIterator[Process]:
    """Run `services.<module>` with its output in `log`; it is killed at the end if it still runs."""
    async with program(f"services.{module}", settings, log, **{"name": f"{module}-1"} | more) as process:
        yield process


@asynccontextmanager
async def program(module: str, settings: EngineSettings, log: Path, **more: object) -> AsyncIterator[Process]:
    """Run any module like a service, with `settings` and `more` in its environment."""
    wanted = settings.model_dump() | more
    environment = {f"TICKETSTREAM_{key.upper()}": str(value) for key, value in wanted.items()}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def stopped(process: Process) -> None:
    """Stop a service in an orderly way, after which its log is complete. A killed one loses its last lines."""
    process.terminate()
    async with asyncio.timeout(STOPPED_WITHIN):
        await process.wait()
