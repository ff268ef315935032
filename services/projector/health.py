"""The health of a projection for monitoring: how far the views are behind, and whether they move.

Everything is computed from committed checkpoints. An age is the larger of two: the age by the clock and the measured
age. So a clock that was set back hides nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from shared.storage.checkpoints import NEVER
from shared.telemetry import ORIGIN_TO_VISIBLE_SECONDS, PROJECTED

STALLED_SECONDS = 60.0
"""A projection is unhealthy when it is behind and has written nothing for this many seconds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The progress of a partition: committed `offset`, lowest possible `end`, and the end of its closed windows.

    `is_stopped`: its next event cannot be applied.
    """

    partition: int
    offset: int
    end: int
    feed_until: datetime
    is_stopped: bool

    @property
    def behind(self) -> int:
        """Return the number of events that the views do not show, as far as it is known."""
        return max(0, self.end - self.offset)


class Health:
    """Remembers when the projection last moved, and counts the events it applied."""

    def __init__(self) -> None:
        self._moved_at = monotonic()
        self._waiting: dict[int, tuple[int, float]] = {}
        """For each partition that is behind: its offset, and since when it has not changed."""

    def note_written(self, received: Sequence[datetime], now: datetime) -> None:
        """Note that a batch is committed. The command services received its new events at the times `received`."""
        self._moved_at = monotonic()
        PROJECTED.inc(len(received))
        for moment in received:
            ORIGIN_TO_VISIBLE_SECONDS.observe(max(0.0, (now - moment).total_seconds()))

    def note_standings(self, standings: Iterable[Standing]) -> None:
        """Note the progress of the partitions."""
        now = monotonic()
        behind = {one.partition: one for one in standings if one.behind and not one.is_stopped}
        if not behind:
            self._moved_at = now
        before = self._waiting
        self._waiting = {
            number: kept if (kept := before.get(number)) and kept[0] == one.offset else (one.offset, now)
            for number, one in behind.items()
        }

    def lag_seconds(self, standings: Iterable[Standing], now: datetime) -> float:
        """Return the lag of the partition that is furthest behind, in seconds; 0 when none is behind.

        A stopped partition does not count. If no event of a partition was ever shown, its age counts from the first
        look.
        """
        return max((self._age(one, now) for one in standings if one.behind and not one.is_stopped), default=0.0)

    def _age(self, one: Standing, now: datetime) -> float:
        _, since = self._waiting.get(one.partition, (0, monotonic()))
        measured = monotonic() - since
        return max(measured, (now - one.feed_until).total_seconds()) if one.feed_until > NEVER else measured

    def problem(self, standings: Iterable[Standing]) -> str | None:
        """Return why the projection is unhealthy, or None. A stopped partition does not count."""
        events = sum(one.behind for one in standings if not one.is_stopped)
        still = monotonic() - self._moved_at
        if not events or still < STALLED_SECONDS:
            return None
        return (
            f"{events} events are not shown and nothing was written for {still:.0f} seconds; "
            "`ticketstream status` and the log say why."
        )
