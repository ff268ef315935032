"""Writes log lines in groups, from a thread: a process never waits for whoever reads its log."""

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread

EVERY_SECONDS = 0.1
"""Longest time that a line waits to be written."""
GROUP = 64 * 1024
"""Bytes that are written at once, without waiting longer."""
MOST_WAITING = 256 * 1024
"""Bytes that may wait. While nobody reads the log, further lines are lost, and are counted."""
LAST_SECONDS = 2.0
"""Seconds that a process waits at its end for its last lines."""


class LineWriter:
    """Writes lines to the file descriptor `fd`. Safe to use from several threads.

    `lost` returns the line that says how many lines were lost; it is written before the next ones.
    """

    def __init__(self, fd: int, lost: Callable[[int], bytes]) -> None:
        self._fd = fd
        self._said_lost = lost
        self._lock = Lock()
        self._lines: list[bytes] = []
        self._size = self._lost = 0
        self._some, self._enough = Event(), Event()
        self._closed = False
        self._thread: Thread | None = None

    def add(self, line: bytes) -> None:
        """Take one line, which ends with a line feed. It is written soon, or counted as lost."""
        with self._lock:
            if self._size + len(line) > MOST_WAITING or self._closed:
                self._lost += 1
                return
            self._lines.append(line)
            self._size += len(line)
            if self._size >= GROUP:
                self._enough.set()
            if len(self._lines) == 1:
                self._begin()

    def write(self, text: str) -> None:
        """Take one line as a text stream does."""
        self.add(text.encode())

    def flush(self) -> None:
        """Do nothing: whoever logs a line does not wait for it."""

    def close(self) -> None:
        """Write what waits, for at most `LAST_SECONDS`; later lines are lost."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self._some.set()
        self._enough.set()
        if thread is not None:
            thread.join(LAST_SECONDS)

    def _begin(self) -> None:
        self._some.set()
        if self._thread is None:
            self._thread = Thread(target=self._run, name="log", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closed:
            self._some.wait()
            self._enough.wait(EVERY_SECONDS)
            self._write_all()
        self._write_all()

    def _write_all(self) -> None:
        with self._lock:
            lines, self._lines, self._size = self._lines, [], 0
            if self._lost:
                lines.insert(0, self._said_lost(self._lost))
                self._lost = 0
            if not self._closed:
                self._some.clear()
                self._enough.clear()
        with suppress(OSError):  # a full disk, or a reader that is gone: there is no other place to report it
            self._write(b"".join(lines))

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._fd, left) :]
