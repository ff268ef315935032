"""Small disks for tests of full disks."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from io import RawIOBase
from pathlib import Path

import pytest

from tests.support.processes.tasks import running

CHUNK = bytes(1 << 16)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk at `folder`, which is created; skips the test without the right to mount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounting = subprocess.run(mount, capture_output=True, check=False, text=True)
    if mounting.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounting.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607 - killed processes may be in it still


@asynccontextmanager
async def kept_full(file: Path) -> AsyncIterator[None]:
    """Keep the disk of `file` full during the block: room that other programs free is filled again at once."""
    with file.open("wb", buffering=0) as filling:

        async def refill() -> None:
            while True:
                _fill(filling)
                await asyncio.sleep(0.05)

        _fill(filling)
        async with running(refill()):
            yield


def _fill(filling: RawIOBase) -> None:
    with suppress(OSError):
        while True:
            filling.write(CHUNK)
