"""The partitions of this worker: how far each is applied, where each ends, and which are stopped."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from time import monotonic

from services.projector.feed_until import closed_until
from services.projector.health import Health, Standing
from services.projector.intake.records import Reached
from services.projector.intake.source import Ends, Source
from services.projector.intake.stopped_partitions import StoppedPartitions
from services.projector.projection_log import log
from services.projector.view_store import Moves
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.mongo import Database
from shared.storage import checkpoints
from shared.storage.checkpoints import Checkpoint, StoppedPartition
from shared.storage.publication import read_publication


class Partitions:
    """Keeps the checkpoints of this worker's partitions and `stops`; `health` watches whether they move."""

    def __init__(self, db: Database, source: Source, replica: DirectoryReplica) -> None:
        self._db = db
        self._source = source
        self._replica = replica
        self._directory = 0
        """The replica's offset when `have_news` was last asked."""
        self.stops = StoppedPartitions()
        self.health = Health()
        self.committed: dict[int, Checkpoint] = {}
        self.planned: dict[int, Checkpoint] = {}
        """The checkpoints as they will be after the write in flight."""

    def note_standings(self) -> None:
        """Report the present progress of the partitions to `health`."""
        self.health.note_standings(self.standings())

    def standings(self) -> list[Standing]:
        """Return the progress of each partition, compared with the present ends."""
        ends = self._source.ends(self.committed)
        return [
            Standing(number, at.offset, ends.of(number), at.feed_until, number in self.stops)
            for number, at in self.committed.items()
        ]

    def offsets(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the planned offsets of `partitions`."""
        return {number: self.planned[number].offset for number in partitions}

    def moves(self, reached: Mapping[int, Reached], ends: Ends, *, is_beat: bool) -> Moves:
        """Return the checkpoints that change when a batch is applied, each with its replacement.

        `reached` says how far the batch goes. On a beat, the feed's windows of the other partitions are closed too.
        """
        now = utc_now()
        return [
            (before, after)
            for number, before in self.planned.items()
            if (is_beat or number in reached)
            and (after := self._moved(before, reached.get(number), ends, now)) != before
        ]

    def _moved(self, before: Checkpoint, reached: Reached | None, ends: Ends, now: datetime) -> Checkpoint:
        offset = reached.offset if reached else before.offset
        last_sent = reached.last_sent if reached and reached.last_sent else before.feed_until
        is_behind = not ends.are_known(before.partition) or offset < ends.of(before.partition)
        if before.partition in self.stops:
            is_behind = False  # else the whole feed would stop; events that are applied later get a second date
        return replace(
            before, offset=offset, feed_until=closed_until(before.feed_until, now, last_sent if is_behind else None)
        )

    def plan(self, after: Mapping[int, Checkpoint]) -> None:
        """Note the checkpoints as they will be after the write in flight."""
        self.planned |= after

    def commit(self, after: Mapping[int, Checkpoint]) -> None:
        """Note checkpoints that are committed."""
        self.committed |= after

    async def take_up(self, loaded: Mapping[int, Checkpoint]) -> None:
        """Continue at the checkpoints that were `loaded`.

        A partition that another worker stopped is tried again at once. Raises `PyMongoError`.
        """
        offsets = {number: at.offset for number, at in loaded.items()}
        self._source.published = {}
        self.stops.begin(at.stopped for number, at in loaded.items() if at.stopped and number not in self.committed)
        self.stops.reached(offsets)
        self.committed, self.planned = dict(loaded), dict(loaded)
        waiting = [one for one in self.stops.all if one.partition not in self.stops.on_trial]
        self._source.go_to(offsets)
        for stopped in waiting:
            await self._halt(stopped)

    def forget(self) -> None:
        """Forget all partitions: they belong to another worker now."""
        self.committed.clear()
        self.planned.clear()
        self.stops.forget()

    async def have_news(self) -> bool:
        """Return whether to read the checkpoints again.

        This is needed in three cases: a new generation began; the directory changed while a partition is stopped; the
        event of a stopped partition was skipped. Raises `PyMongoError`.
        """
        publication = await read_publication(self._db)
        self._source.published = publication.ends
        directory, self._directory = self._directory, self._replica.offset
        if any(checkpoint.generation != publication.generation for checkpoint in self.planned.values()):
            return True
        waiting = {one.partition: one.offset for one in self.stops.all}
        if not waiting:
            return False
        if directory != self._directory:
            self.stops.try_all()
            return True
        stored = await checkpoints.offsets(self._db, waiting)
        return any(stored.get(number) != offset for number, offset in waiting.items())

    async def stop(self, stopped: StoppedPartition) -> None:
        """Stop a partition, for some time at first; raises `PyMongoError`."""
        self.stops.stop(stopped, monotonic())
        await self._halt(stopped)

    async def _halt(self, stopped: StoppedPartition) -> None:
        """Stop fetching a partition, and save why it is stopped."""
        self._source.pause(stopped.partition)
        log.error("partition_stopped", partition=stopped.partition, offset=stopped.offset, reason=stopped.reason)
        await checkpoints.report_stopped(self._db, stopped, utc_now())
