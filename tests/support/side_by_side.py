"""`python -m tests.support.side_by_side MARKS PATHS...`: the tests in parts, one process each, side by side.

Most tests wait: for engines, for other processes, for the end of a time limit. Parts beside each other wait at the same
time. Each has engines, files and ports of its own, and runs its tests one after the other in their usual order.

MARKS selects the tests. Each of PATHS names the files and folders of one part, separated by spaces. One more part has
all other tests.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryDirectory
from threading import Lock

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
ROOM = 8 << 30
"""Bytes that must be free in `MEMORY`: several times the most that the files of all parts take together."""

_printing = Lock()


def parts_of(named: Sequence[str]) -> list[list[str]]:
    """Return pytest's arguments for each part. The last part has all tests that no other part has."""
    parts = [part.split() for part in named]
    return [*parts, [f"--ignore={path}" for part in parts for path in part]]


def place(memory: Path, room: int) -> Path | None:
    """Return `memory` if it has room, otherwise None: engines wait for a disk at each write, but not for memory."""
    return memory if memory.is_dir() and shutil.disk_usage(memory).free >= room else None


def blocks(lines: Iterator[str]) -> Iterator[str]:
    """Return the lines of a run one by one while it goes on, and then, in one piece, its failures and its summary."""
    for line in lines:
        if line.startswith("=") and "test session starts" not in line:
            yield line + "".join(lines)
        else:
            yield line


def run(marks: str, part: Sequence[str], folder: Path) -> int:
    """Run a part with its files in `folder`, and return pytest's exit status."""
    command = (sys.executable, "-m", "pytest", "-m", marks, f"--basetemp={folder}", *part)
    with Popen(command, stdout=PIPE, stderr=STDOUT, text=True, errors="replace") as running:
        assert running.stdout
        for block in blocks(running.stdout):
            with _printing:
                sys.stdout.write(block)
                sys.stdout.flush()
    return running.returncode


def main(marks: str, named: Sequence[str]) -> int:
    """Run all parts, and return 0 if all passed."""
    parts = parts_of(named)
    with TemporaryDirectory(dir=place(MEMORY, ROOM), ignore_cleanup_errors=True) as scratch:
        folders = [Path(scratch, str(number)) for number in range(len(parts))]
        with ThreadPoolExecutor(len(parts)) as pool:
            statuses = list(pool.map(partial(run, marks), parts, folders))
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
