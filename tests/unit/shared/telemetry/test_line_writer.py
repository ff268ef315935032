"""Log lines are written in groups: in order, soon, and without waiting for a reader."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.telemetry.line_writer import MOST_WAITING, LineWriter

PATIENCE = 30.0
LONG = b"x" * 999 + b"\n"
SERVICE = """
from shared.telemetry import log_in_groups, logger
lines = log_in_groups("test")
for number in range(500):
    logger("ours").info("said", number=number)
    lines.add(b'{"event":"request"}\\n')
"""


def lost(count: int) -> bytes:
    return b"lost %d\n" % count


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def read(reader: int, until: bytes) -> bytes:
    found = b""
    while until not in found:
        found += os.read(reader, 1 << 20)
    return found


def test_lines_are_written_in_order_and_soon(pipe: tuple[int, int]) -> None:
    lines = LineWriter(pipe[1], lost)
    lines.add(b"one\n")
    lines.write("zwölf\n")
    assert read(pipe[0], b"f\n").decode() == "one\nzwölf\n"
    lines.add(b"three\n")
    assert read(pipe[0], b"\n") == b"three\n"
    lines.close()


def test_what_nobody_reads_is_counted_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.telemetry.line_writer.LAST_SECONDS", PATIENCE)
    reader, writer = os.pipe()
    lines = LineWriter(writer, lost)
    total = 3 * MOST_WAITING // len(LONG)
    done = threading.Event()

    def say() -> None:
        for _ in range(total):
            lines.add(LONG)
        done.set()

    threading.Thread(target=say, daemon=True).start()
    assert done.wait(PATIENCE)  # although nothing was read
    found: list[bytes] = []

    def read_all() -> None:
        while part := os.read(reader, 1 << 20):
            found.append(part)

    reading = threading.Thread(target=read_all)
    reading.start()
    lines.close()
    os.close(writer)
    reading.join(PATIENCE)
    os.close(reader)
    said = b"".join(found).splitlines(keepends=True)
    (count,) = [int(line.split()[1]) for line in said if line.startswith(b"lost")]
    assert said.count(LONG) + count == total
    assert said.count(LONG) * len(LONG) < 2 * MOST_WAITING


def test_the_last_lines_of_a_process_are_written(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        subprocess.run([sys.executable, "-c", SERVICE], stderr=log, check=True)
    said = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    numbers = [line["number"] for line in said if line["event"] == "said"]
    lost_lines = sum(line["lines"] for line in said if line["event"] == "lines_lost")
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    assert len([line for line in said if line["event"] != "lines_lost"]) + lost_lines == 1_000


def test_a_process_ends_although_nobody_reads_its_log() -> None:
    process = subprocess.Popen([sys.executable, "-c", SERVICE], stderr=subprocess.PIPE)
    try:
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        assert process.stderr
        process.stderr.close()


def test_a_reader_that_is_gone_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    lines = LineWriter(writer, lost)
    lines.add(b"one\n")
    lines.close()
    os.close(writer)
