"""Recovery times after a process was killed: shown in a table at the end of the run, never asserted."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

ROWS: list[tuple[str, float]] = []
"""The killed process, and the seconds until a command sent then was accepted and shown."""


@contextmanager
def recovering(killed: str) -> Iterator[None]:
    """Measure the block: it begins with the kill and ends when a new command is shown."""
    began = monotonic()
    yield
    ROWS.append((killed, monotonic() - began))


def table() -> list[str]:
    """Return the lines of the table; none when nothing was killed."""
    return [f"{killed:<16} {seconds:>6.1f} s" for killed, seconds in ROWS]
