"""The application of batches: fetched records are folded, and written to the views one batch after the other.

While a batch is written, the next one is fetched and folded. It continues at the tickets and checkpoints as they will
be after the write in flight. A batch that failed is halved until one event is left that cannot be applied. That event
stops its partition.
"""

from collections.abc import Iterable
from time import monotonic

from services.projector.applied_offsets import AppliedOffsets
from services.projector.batch_maker import BatchMaker, FoldedBatch
from services.projector.folds.batch import Changes
from services.projector.giving_up import FailedAttempts
from services.projector.intake.batch_limit import BatchLimit
from services.projector.intake.halving import Batch, BatchFailedError, Halving
from services.projector.intake.records import Reached
from services.projector.intake.source import Fetched, Source
from services.projector.partitions import Partitions
from services.projector.refresh import Refresh
from services.projector.view_store import Moves, ViewStore
from services.projector.write_in_flight import WriteInFlight
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.mongo import Database, PyMongoError
from shared.storage.checkpoints import FencedError, StoppedPartition


class BatchApplier:
    """Applies the records that `source` fetches, starting at the checkpoints of `partitions`."""

    def __init__(
        self,
        db: Database,
        source: Source,
        partitions: Partitions,
        replica: DirectoryReplica,
        *,
        applied_offsets: AppliedOffsets,
        attempts: FailedAttempts,
    ) -> None:
        self._source = source
        self._partitions = partitions
        self._stops = partitions.stops
        self._applied_offsets = applied_offsets
        self._attempts = attempts
        self._views = ViewStore(db)
        self._refresh = Refresh(db, self._views, replica)
        self._limit = BatchLimit()
        halving = Halving(db, self._limit, self._stops)
        self._write = WriteInFlight(self._views, self._limit, halving, self._note_written)
        self._batches = BatchMaker(
            source.inbox, partitions, self._views, replica, limit=self._limit, halving=halving, write=self._write
        )

    def limit(self, together: Iterable[int | None]) -> None:
        """Limit batches to `together` events, which fitted for other workers; None means no limit."""
        for records in filter(None, together):
            self._limit.begin(records)

    async def settle(self) -> None:
        """Wait for the write in flight, even if it fails."""
        try:
            await self._write.wait()
        except (PyMongoError, FencedError, BatchFailedError) as failure:
            self._attempts.log(failure)

    async def forget(self) -> None:
        """Wait for the write in flight, even if it fails, and drop all fetched and folded records."""
        await self.settle()
        self._source.forget()
        self._views.forget()
        await self._refresh.forget()

    async def cancel(self) -> None:
        """Cancel the write in flight, and wait for its end."""
        await self._write.cancel()

    async def fetch(self) -> Fetched:
        """Fetch records for the next batches; raises `KafkaError`."""
        return await self._source.fetch(
            self._limit.records, singly=self._stops.on_trial, may_wait=not self._refresh.is_under_way
        )

    async def apply(self, fetched: Fetched, *, is_beat: bool) -> None:
        """Apply the next batch. No rebalance may happen during this call.

        On a beat, stopped partitions are tried again when their pause is over, and the feed's windows are closed.
        Raises `PyMongoError`, `KafkaError`, `FencedError`, `BatchFailedError` or `TimeoutError`, perhaps of the write
        that was in flight.
        """
        for unreadable in self._source.hold(fetched, self._partitions.offsets(self._partitions.planned)):
            await self._write.wait()
            await self._partitions.stop(unreadable)
        if is_beat:
            self._source.go_to(self._partitions.offsets(self._stops.try_again(monotonic())))
        await self._show_directory_changes()
        folded = await self._batches.next_batch()
        await self._begin_write(folded, is_beat=is_beat)
        if folded.stops:
            await self._write.wait()
        for number, stop in folded.stops.items():
            await self._partitions.stop(StoppedPartition(number, stop.offset, stop.reason, stop.offset + 1))

    async def _show_directory_changes(self) -> None:
        if self._refresh.is_due(self._partitions.planned.values()):
            await self._write.wait()
            moved = await self._refresh.step(self._partitions.planned)
            self._partitions.plan(moved)
            self._partitions.commit(moved)
            self._note_success()

    async def _begin_write(self, folded: FoldedBatch, *, is_beat: bool) -> None:
        """Wait until the previous batch is written, then start to write this one."""
        reached = dict(folded.reached)
        if is_beat:
            idle = (number for number in self._partitions.planned if number not in folded.taken)
            offsets = self._partitions.offsets(number for number in idle if number not in self._stops)
            passed = await self._source.passed(offsets)
            reached |= {number: Reached(offset, None) for number, offset in passed.items()}
        ends = self._source.ends(self._partitions.planned)
        moves = self._partitions.moves(reached, ends, is_beat=is_beat)
        await self._write.wait()
        self._partitions.note_standings()
        if moves:
            self._write.begin(folded.batch, moves, folded.changes)
            self._partitions.plan({after.partition: after for _, after in moves})

    def _note_written(self, batch: Batch, moves: Moves, changes: Changes) -> None:
        self._partitions.commit({after.partition: after for _, after in moves})
        self._applied_offsets.note(after for _, after in moves)
        if batch.records:
            self._stops.reached({after.partition: after.offset for _, after in moves})
            self._partitions.health.note_written([line["sent"] for line in changes.journal], utc_now())
            self._note_success()
            self._limit.grow(batch.records)

    def _note_success(self) -> None:
        """Count failures from zero again, unless directory changes are still to be shown: these may fail."""
        if not self._refresh.is_due(self._partitions.committed.values()):
            self._attempts.forget()
