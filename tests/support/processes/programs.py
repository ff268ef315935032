"""Runs programs that are no part of the platform."""

import asyncio
import os
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

SECONDS = 120


async def run(*words: str | Path, folder: Path, seconds: float = SECONDS, **environment: str) -> str:
    """Run a program in `folder` and return its output; fails with the output if the program fails."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words), cwd=folder, env=os.environ | environment, stdout=PIPE, stderr=STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
    return said.decode()


@asynccontextmanager
async def started(
    *words: str | Path, folder: Path, environment: Mapping[str, str], stderr: int | None = None
) -> AsyncIterator[Process]:
    """Run a program in `folder` during the block, with its output in a pipe; it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words), cwd=folder, env={**os.environ, **environment}, stdout=PIPE, stderr=stderr
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
