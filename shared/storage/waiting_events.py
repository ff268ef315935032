"""Events on their way to the views: those that are stored and not published, and those published and not applied.

`ticketstream status` and the console's page of the platform show them. The cost grows with the number of waiting
events, not with the number of stored ones. Read the publication position first, the checkpoints second, and the
unpublished events last. Then nothing waits if nothing is found.
"""

from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from shared.mongo import Database, Document, changes, operation_time
from shared.storage.checkpoints import Checkpoint
from shared.storage.publication import Publication

COUNTED_WITHIN = 1.5
"""Seconds after which counting unpublished events stops."""
LATE_MS = 60_000
"""Age in milliseconds of the oldest waiting event from which on the views are late."""
GROUP = 10_000
SILENCE_MS = 10
RECEIVED: list[Document] = [
    {"$match": {"operationType": "insert"}},
    {"$project": {"clusterTime": 1, "fullDocument.sentDate": 1}},
]


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Stored events after the publication position; `oldest` is when the first of them was received."""

    events: int
    oldest: datetime | None
    exact: bool
    """Whether all of them were counted; if not, there are more."""


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


async def read_unpublished(
    db: Database, publication: Publication, *, group: int = GROUP, seconds: float = COUNTED_WITHIN
) -> Unpublished:
    """Return how many events stored until now are not published; raises `PyMongoError`.

    For a ticket with a withheld event, only that event is counted.
    """
    now, deadline = await operation_time(db), monotonic() + seconds
    stored = changes(db.events, RECEIVED, position=publication.stream_position, group=group, wait_ms=SILENCE_MS)
    withheld = publication.withheld.values()
    events, oldest = len(withheld), min((event.sent for event in withheld), default=None)
    async with aclosing(stored):
        async for inserted, _ in stored:
            earlier = [change["fullDocument"]["sentDate"] for change in inserted if change["clusterTime"] <= now]
            events += len(earlier)
            oldest = min([*earlier[:1], *([oldest] if oldest else [])], default=None)
            if len(earlier) < len(inserted) or not inserted:
                break
            if monotonic() > deadline:
                return Unpublished(events, oldest, exact=False)
    return Unpublished(events, oldest, exact=not withheld)
