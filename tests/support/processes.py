"""Which processes work in a folder."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def working_in(folder: Path) -> dict[int, str]:
    """Give the command lines by pid of the processes that were started with a file of `folder`, or write to one."""
    return {pid: words for pid, words, output in _processes() if str(folder) in words or str(folder) in output}


async def nobody_works_in(folder: Path, within: float) -> None:
    """Wait until no process works in `folder`; raises `TimeoutError` after `within` seconds."""
    async with asyncio.timeout(within):
        while working_in(folder):
            await asyncio.sleep(0.05)


def _processes() -> Iterator[tuple[int, str, str]]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            yield int(process.name), words, str((process / "fd" / "1").readlink())
