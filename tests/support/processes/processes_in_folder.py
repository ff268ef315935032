"""The processes that work in a folder, and the addresses they listen on."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

LISTENING = "0A"
LOOPBACK = ("0100007F", "0000000000000000FFFF00000100007F")
"""127.0.0.1 in the kernel's notation, also mapped to IPv6."""


def working_in(folder: Path) -> dict[int, str]:
    """Return, by pid, the command lines of processes that were started with a file of `folder` or write to one."""
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


def listening_elsewhere(pids: Iterable[int]) -> set[str]:
    """Return the addresses other than 127.0.0.1 that these processes listen on, in the kernel's notation."""
    return {address for address in _listening(pids) if address.split(":")[0] not in LOOPBACK}


def _listening(pids: Iterable[int]) -> Iterator[str]:
    for pid in pids:
        own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == LISTENING and f"socket:[{rest[5]}]" in own:
                    yield local
