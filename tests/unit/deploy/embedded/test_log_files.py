import asyncio
import sys
import time
from pathlib import Path

import pytest

from deploy.embedded import log_files
from deploy.embedded.child_process import Program, spawn

WRITES_FAST = """
import itertools, os, time
for number in itertools.count():
    os.write(1, b"line %d %s\\n" % (number, b"x" * 1000))
    time.sleep(0.0002)
"""


def size_of_old(log: Path) -> int:
    try:
        return log.with_suffix(".log.1").stat().st_size
    except FileNotFoundError:
        return 0


async def test_a_log_stays_short_while_a_child_writes_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 100_000)
    monkeypatch.setattr(log_files, "LOOK_SECONDS", 0.02)
    log = tmp_path / "child.log"

    async def answers(_pid: int) -> bool:
        return True

    running = await spawn(Program("child", (sys.executable, "-c", WRITES_FAST), log, answers))
    keeping = asyncio.create_task(log_files.keep_short(tmp_path))
    sizes, written, before, deadline = [], 0, 0, time.monotonic() + 20
    try:
        while written < 5_000_000:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
            size = log.stat().st_size
            written += max(size - before, 0)
            before = size
            sizes.append(size + size_of_old(log))
    finally:
        keeping.cancel()
        await running.stop()
    assert max(sizes) < 3_000_000
    assert sorted(file.name for file in tmp_path.iterdir()) == ["child.log", "child.log.1"]
    lines = log.read_text().splitlines()
    assert all(line.startswith("line ") for line in lines)
    assert all(line.startswith("line ") for line in (tmp_path / "child.log.1").read_text().splitlines())


def test_a_log_is_cut_although_its_end_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAX_LOG_BYTES", 10)
    log = tmp_path / "child.log"
    log.write_text("a long line\nanother\n")
    log.with_suffix(".log.1").mkdir()
    with pytest.raises(IsADirectoryError):
        log_files.shorten(log)
    assert log.read_text() == ""
