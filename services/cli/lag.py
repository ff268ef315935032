"""How far the views are behind the event store, from what the relay and the checkpoints say.

An event is unpublished until the relay's saved position is behind it, then unapplied until its partition's checkpoint
is; a refill sends every event that way once more, those that the views know as well. The numbers cost what is waiting,
not what is stored. Read the position first, the checkpoints second, what is unpublished last: then a lag of nothing
means that all events stored before were applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.cli.refill import Refill
from shared.relay_position import base_of


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Events in the store behind the relay's position; `oldest` is when the first of them was received."""

    events: int
    oldest: datetime | None
    exact: bool
    """Whether all were counted; there are more otherwise."""


@dataclass(frozen=True, slots=True)
class Lag:
    """What waits to be applied to the views."""

    events: int
    milliseconds: int | None
    """Age of the oldest event that waits, 0 when none does; None when it can not be told."""
    exact: bool
    """Whether all events that wait were counted; there are more otherwise."""


def unapplied(progress: Mapping[str, Any], checkpoints: Iterable[Mapping[str, Any]]) -> dict[int, range]:
    """Tell by partition which offsets are published and not applied; a partition without any is left out.

    A checkpoint of an older generation counts from where the present one begins.
    """
    waiting = {}
    for checkpoint in checkpoints:
        partition = checkpoint["_id"]
        is_current = checkpoint["generation"] == progress["generation"]
        first = checkpoint["offset"] if is_current else base_of(progress, partition)
        end = progress["ends"].get(str(partition), 0)
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
    """Add up what waits; `heads` tells when the first of each partition was received, None that it is not known."""
    oldest = None
    left = refill.left if refill else 0
    if heads is not None and not left:
        received = [*heads, *([unpublished.oldest] if unpublished.oldest else [])]
        oldest = max(0, (now - min(received, default=now)) // timedelta(milliseconds=1))
    return Lag(sum(map(len, published.values())) + unpublished.events + left, oldest, unpublished.exact)
