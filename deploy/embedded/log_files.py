"""Log files of programs: a long one is shortened, before its program starts and while it runs."""

import asyncio
import os
from pathlib import Path
from typing import NoReturn

from shared.telemetry import logger

MAX_LOG_BYTES = 10_000_000
"""Bytes of a log that are kept when it is shortened: they become the one old log."""
LOOK_SECONDS = 2.0
CHUNK_BYTES = 1 << 20

log = logger(__name__)


async def keep_short(folder: Path) -> NoReturn:
    """Shorten every `*.log` in `folder` longer than `MAX_LOG_BYTES`, every `LOOK_SECONDS`, until cancelled."""
    while True:
        await asyncio.to_thread(_shorten_all, folder)
        await asyncio.sleep(LOOK_SECONDS)


def _shorten_all(folder: Path) -> None:
    for file in folder.glob("*.log"):
        try:
            shorten(file)
        except OSError as refusal:
            log.warning("old_log_lost", file=file.name, reason=str(refusal))


def shorten(file: Path) -> None:
    """Move the last `MAX_LOG_BYTES` of a longer `file` to its old log, and empty it; raises `OSError`.

    A program that writes to it must append. Lines are lost if they are written between copying and emptying, or if the
    disk has no room for a second copy.
    """
    if not file.exists() or file.stat().st_size <= MAX_LOG_BYTES:
        return
    old = file.with_suffix(".log.1")
    try:
        old.unlink(missing_ok=True)  # a full disk may have no other room
        _copy_end(file, old)
    finally:
        os.truncate(file, 0)


def _copy_end(file: Path, old: Path) -> None:
    """Copy complete lines from the end of `file`; stop at twice the length if it grows faster than it is copied."""
    with file.open("rb") as full, old.open("wb") as copy:
        full.seek(-MAX_LOG_BYTES, os.SEEK_END)
        full.readline(CHUNK_BYTES)
        while copy.tell() < 2 * MAX_LOG_BYTES and (chunk := full.read(CHUNK_BYTES)):
            copy.write(chunk)
