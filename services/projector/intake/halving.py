"""The halving of batches that fail, down to the one event that cannot be applied. That event stops its partition."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from services.projector.intake.batch_limit import BatchLimit, blames_the_batch, is_conflict
from services.projector.intake.stopped_partitions import StoppedPartitions
from shared.mongo import Database, NetworkTimeout, PyMongoError, ping
from shared.storage.checkpoints import StoppedPartition, report_together
from shared.telemetry import logger
from shared.telemetry.failures import describe, facts_of

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """The records that are applied together.

    `records`: how many. `firsts`: by partition, the offset where it begins, and the offset after its first record.
    """

    records: int
    firsts: Mapping[int, tuple[int, int]]


class BatchFailedError(Exception):
    """A batch could not be applied because of its records; the text says why and contains nothing of the tickets.

    `is_settled`: its only event has stopped its partition, so it will not fail again for now.
    """

    def __init__(self, reason: str, *, is_settled: bool = False) -> None:
        super().__init__(reason)
        self.is_settled = is_settled


class Halving:
    """Finds the event that cannot be applied: it lowers `limit`, and stops the event's partition in `stops`."""

    def __init__(self, db: Database, limit: BatchLimit, stops: StoppedPartitions) -> None:
        self._db = db
        self._limit = limit
        self._stops = stops

    async def blame(self, batch: Batch, failure: Exception) -> Exception:
        """Return what to raise when a batch failed: `failure` itself, unless the batch's records are the reason."""
        if not batch.records or not blames_the_batch(failure):
            return failure
        if is_conflict(failure):
            if batch.records > 1:  # MongoDB reports a full cache with this code too
                self._limit.shrink(batch.records)
                self._limit.lift()
            return failure
        try:
            if batch.records == 1:
                return await self._blame_one(batch, failure)
            self._limit.shrink(batch.records)
            await report_together(self._db, batch.firsts, self._limit.records)
        except PyMongoError as away:
            return away
        return BatchFailedError(f"a batch of {batch.records} failed: {describe(failure) or type(failure).__name__}")

    async def _blame_one(self, batch: Batch, failure: Exception) -> Exception:
        if isinstance(failure, NetworkTimeout):
            await ping(self._db.client)  # raises when MongoDB is away; otherwise the event takes it too long
        ((number, (offset, behind)),) = batch.firsts.items()
        reason = f"it cannot be applied: {describe(failure) or type(failure).__name__}"
        log.error("event_refused", partition=number, offset=offset, **facts_of(failure))
        is_settled = self._stops.refused(StoppedPartition(number, offset, reason, behind), monotonic())
        if is_settled:
            self._limit.lift()
        return BatchFailedError(reason, is_settled=is_settled)
