"""Publication positions and checkpoints for tests that need only some of their fields."""

from collections.abc import Mapping

from shared.mongo import Timestamp
from shared.storage.checkpoints import NEVER, Checkpoint, StoppedPartition
from shared.storage.publication import FIRST_GENERATION, Publication, Refill


def publication(
    *, ends: Mapping[int, int], generation: int = FIRST_GENERATION, refill: Refill | None = None
) -> Publication:
    """Return a publication position at which the topic has these `ends`, by partition."""
    return Publication(generation, {}, None, Timestamp(1, 1), ends, refill, (), {})


def checkpoint_at(
    partition: int, offset: int, *, generation: int = FIRST_GENERATION, stopped: StoppedPartition | None = None
) -> Checkpoint:
    """Return a checkpoint of a partition whose next offset is `offset`."""
    return Checkpoint(partition, generation, offset, NEVER, 0, 0, stopped=stopped)
