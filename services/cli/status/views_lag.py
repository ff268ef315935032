"""How far the views are behind the event store, computed from the publication position and the checkpoints.

An event is unpublished until the publication position has passed it, and then unapplied until the checkpoint of its
partition has passed it. A refill publishes and applies every event again, including those that the views have. The cost
grows with the number of waiting events, not with the number of stored ones.

Read the publication position first, the checkpoints second, and the unpublished events last. Then a lag of 0 means that
all events stored before are applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.storage.publication import Refill
from shared.storage.waiting_events import Unpublished


@dataclass(frozen=True, slots=True)
class Lag:
    """The events that are not applied to the views yet."""

    events: int
    milliseconds: int | None
    """Age of the oldest waiting event, 0 when none waits; None when it is unknown."""
    exact: bool
    """Whether all waiting events were counted; if not, there are more."""


def lag(
    published: Mapping[int, range],
    unpublished: Unpublished,
    refill: Refill | None,
    heads: Iterable[datetime] | None,
    now: datetime,
) -> Lag:
    """Return the lag. `heads`: when the first waiting event of each partition was received, None if unknown."""
    oldest = None
    left = refill.left if refill else 0
    events = sum(map(len, published.values())) + unpublished.events + left
    if heads is not None and not left:
        received = [*heads, *([unpublished.oldest] if unpublished.oldest else [])]
        if received or not events:
            oldest = max(0, (now - min(received, default=now)) // timedelta(milliseconds=1))
    return Lag(events, oldest, unpublished.exact)
