"""Repeated log lines: they are counted, and one line of a kind passes per minute."""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from shared.lru import LruCache

EVERY_SECONDS = 60.0
"""Seconds between two lines of a kind that pass while the line repeats."""
SILENCE_SECONDS = 30.0
"""A line passes if its kind did not occur for this long: it reports a new state."""
MAX_KINDS = 500
"""Kinds of lines that are remembered. The kind that did not occur for the longest time is dropped first."""
LONGEST_KIND = 1_000
"""First characters of a text that identify its kind."""

_VARYING = re.compile(r"0x[0-9a-f]+|\d+")
"""Ports, node ids, durations and memory addresses, which differ between lines of one kind."""
_IGNORED_FACTS = frozenset({"failures", "process", "seconds", "timestamp", "trace"})
"""Facts that differ between lines of one kind: counters, times, and the id of a single request."""


@dataclass(slots=True)
class _Kind:
    said_at: float
    heard_at: float
    left_out: int = 0


class Repeats:
    """Decides which lines pass. Remembers at most `MAX_KINDS` kinds. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._kinds: LruCache[Hashable, _Kind] = LruCache(MAX_KINDS)
        self._sources: dict[Hashable, set[Hashable]] = {}
        """The kinds of each source that may still be remembered."""
        self._lock = Lock()

    def passes(self, kind: Hashable, source: Hashable = None) -> int | None:
        """Return how many lines of `kind` were left out since the last that passed, or None to leave out this one too.

        `source` is the module that logs the line, for `changed`.
        """
        now = self._clock()
        with self._lock:
            if source is not None:
                self._sources.setdefault(source, set()).add(kind)
            known = self._kinds.use(kind)
            if known and now - known.said_at < EVERY_SECONDS and now - known.heard_at < SILENCE_SECONDS:
                known.heard_at = now
                known.left_out += 1
                return None
            for oldest, _ in self._kinds.put(kind, _Kind(now, now)):
                for kinds in self._sources.values():
                    kinds.discard(oldest)
            return known.left_out if known else 0

    def changed(self, source: Hashable) -> None:
        """Reset the counts of `source`, whose state has changed: the next line of each of its kinds passes."""
        if source in self._sources:
            with self._lock:
                for kind in self._sources.pop(source, ()):
                    self._kinds.pop(kind)


def same_text(text: str) -> str:
    """Return the part of `text` that is the same in all lines of its kind: its beginning, without numbers."""
    return _VARYING.sub("#", text[:LONGEST_KIND])


def same_facts(level: str, facts: Mapping[str, Any]) -> Hashable:
    """Return the kind of one of the project's own lines: its level and the facts that identify it.

    Lines about different tickets, partitions or services are of different kinds.
    """
    identifying = (
        (name, same_text(str(value)) if name == "reason" else str(value)[:LONGEST_KIND])
        for name, value in facts.items()
        if name not in _IGNORED_FACTS
    )
    return (level, *sorted(identifying))
