"""Up to when the feed's windows are closed: an event received by then and applied later gets a second date."""

from datetime import datetime, timedelta

BEHIND = timedelta(milliseconds=500)
"""How far behind the clock windows are closed: what is on its way for longer than this is late."""


def closed_until(before: datetime, now: datetime, last_sent: datetime | None) -> datetime:
    """Tell the moment up to which a partition's windows are closed from `now` on; never earlier than `before`.

    `last_sent` is None when all that is known of the partition is applied, else when the last event applied was
    received: the events behind it are known to be missing from windows after that.
    """
    reached = now if last_sent is None else min(now, last_sent)
    return max(before, reached - BEHIND)
