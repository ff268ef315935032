"""The end of the feed's closed windows. An event received before it and applied later is late."""

from datetime import datetime, timedelta

BEHIND = timedelta(milliseconds=500)
"""How long after their end windows are closed. An event that takes longer to be applied is late."""


def closed_until(before: datetime, now: datetime, last_sent: datetime | None) -> datetime:
    """Return the time up to which a partition's windows are closed at `now`; never earlier than `before`.

    `last_sent` is None when every known event of the partition is applied. Otherwise it is the time when the last
    applied event was received: later windows still lack events.
    """
    reached = now if last_sent is None else min(now, last_sent)
    return max(before, reached - BEHIND)
