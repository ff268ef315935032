"""How far the views are behind, and whether they move: what monitoring is told of a projection."""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from shared.telemetry import ORIGIN_TO_VISIBLE_SECONDS, PROJECTED

STALLED_SECONDS = 60.0
"""A projection that is behind and has written nothing for this long is not well."""


class Progress:
    """Keeps when the projection last moved, and counts what it did."""

    def __init__(self) -> None:
        self._moved_at = monotonic()

    def written(self, received: Sequence[datetime], now: datetime) -> None:
        """Take note that a batch is committed; its new events were `received` by the command services then."""
        self._moved_at = monotonic()
        PROJECTED.inc(len(received))
        for moment in received:
            ORIGIN_TO_VISIBLE_SECONDS.observe((now - moment).total_seconds())

    def behind(self, events: int) -> None:
        """Take note that so many events are not in the views yet, of the partitions that can go on."""
        if not events:
            self._moved_at = monotonic()

    def objection(self, events: int) -> str | None:
        """Say why the projection is not well when it is so many events behind; None when it is."""
        still = monotonic() - self._moved_at
        if not events or still < STALLED_SECONDS:
            return None
        return (
            f"{events} events are not shown and nothing was written for {still:.0f} seconds; "
            "`ticketstream status` and the log say why."
        )
