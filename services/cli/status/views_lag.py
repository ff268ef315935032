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

from shared.storage.checkpoints import Checkpoint
from shared.storage.publication import Publication, Refill


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Stored events after the publication position; `oldest` is when the first of them was received."""

    events: int
    oldest: datetime | None
    exact: bool
    """Whether all of them were counted; if not, there are more."""


@dataclass(frozen=True, slots=True)
class Lag:
    """The events that are not applied to the views yet."""

    events: int
    milliseconds: int | None
    """Age of the oldest waiting event, 0 when none waits; None when it is unknown."""
    exact: bool
    """Whether all waiting events were counted; if not, there are more."""


def unapplied(publication: Publication, checkpoints: Iterable[Checkpoint]) -> dict[int, range]:
    """Return the offsets that are published but not applied, by partition; partitions without any are left out.

    For a checkpoint of an older generation, the offsets begin where the present generation begins.
    """
    waiting = {}
    for checkpoint in checkpoints:
        partition = checkpoint.partition
        is_current = checkpoint.generation == publication.generation
        first = checkpoint.offset if is_current else publication.first_offset(partition)
        end = publication.ends.get(partition, 0)
        if first < end:
            waiting[partition] = range(first, end)
    return waiting


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
