"""The next batch: takes records from the inbox and folds them into changes of the views."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.projector.awaited_directory import await_missing
from services.projector.folds.batch import Changes, Stop, Ticket, apply
from services.projector.intake.batch_limit import LARGE_TICKET, MOST_BYTES, BatchLimit
from services.projector.intake.halving import Batch, Halving
from services.projector.intake.inbox import Inbox
from services.projector.intake.records import Part, Reached, read_parts
from services.projector.intake.source import size_of
from services.projector.partitions import Partitions
from services.projector.view_store import ViewStore
from services.projector.write_in_flight import WriteInFlight
from shared.directory.replica import DirectoryReplica
from shared.process.offloading import offloaded

RECORD_BYTES = 256
"""The least that a record adds to the size of a batch: even a short one costs some time."""


@dataclass(frozen=True, slots=True)
class FoldedBatch:
    """A batch that is ready to be written, with what it reaches in each partition, and the partitions that it stops.

    `taken`: the partitions whose records it contains.
    """

    batch: Batch
    taken: Collection[int]
    reached: Mapping[int, Reached]
    changes: Changes
    stops: Mapping[int, Stop]


class BatchMaker:
    """Makes batches of what `inbox` holds, continuing at the planned checkpoints."""

    def __init__(
        self,
        inbox: Inbox,
        partitions: Partitions,
        views: ViewStore,
        replica: DirectoryReplica,
        *,
        limit: BatchLimit,
        halving: Halving,
        write: WriteInFlight,
    ) -> None:
        self._inbox = inbox
        self._partitions = partitions
        self._stops = partitions.stops
        self._views = views
        self._replica = replica
        self._limit = limit
        self._halving = halving
        self._write = write

    async def next_batch(self) -> FoldedBatch:
        """Return the next batch. It is empty when the inbox is empty.

        Raises `BatchFailedError` when the records cannot be read or folded, else `PyMongoError`, `KafkaError`, or the
        error of the write in flight.
        """
        planned = self._partitions.planned
        taken = self._inbox.take(self._limit.records, MOST_BYTES, self._stops.on_trial)
        firsts = {number: (planned[number].offset, records[0].offset + 1) for number, records in taken.items()}
        batch = Batch(sum(map(len, taken.values())), firsts)
        size = max(batch.records * RECORD_BYTES, sum(map(size_of, taken.values())))
        try:
            generations = {number: planned[number].generation for number in taken}
            parts = await offloaded(size, lambda: read_parts(taken, generations))
        except Exception as failure:
            raise await self._halving.blame(batch, failure) from None
        everything = [one for part in parts.values() for one in part.incoming]
        await await_missing(self._replica, everything)
        uids = {one.event.aggregateUid: None for one in everything}
        found = await self._views.tickets(uids)
        parts = {number: part.without(found.left) for number, part in parts.items()}
        size += sum(ticket.size for ticket in found.tickets.values())
        if size >= LARGE_TICKET * max(1, len(uids)):
            await self._write.wait()  # one such batch in memory is enough
        try:
            changes, stops = await offloaded(size, lambda: self._fold(parts, found.tickets))
        except Exception as failure:
            raise await self._halving.blame(batch, failure) from None
        for number, part in parts.items():
            if part.left:
                self._inbox.give_back(number, part.left)
        reached = {number: end for number, part in parts.items() if (end := part.reached(stops.get(number)))}
        return FoldedBatch(batch, taken.keys(), reached, changes, stops)

    def _fold(self, parts: Mapping[int, Part], tickets: Mapping[str, Ticket]) -> tuple[Changes, dict[int, Stop]]:
        changes, stops, directory = Changes(), {}, self._replica.directory
        for number, part in parts.items():
            until = self._partitions.planned[number].feed_until
            stop = apply(changes, number, part.incoming, tickets, directory=directory, feed_until=until) or part.stop
            if stop:
                stops[number] = stop
        return changes, stops
