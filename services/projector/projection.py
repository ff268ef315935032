"""The projection: applies batches of `ticket-events` to the views, from the checkpoints on.

One task loops over rounds: each fetches records and applies one batch. A lock keeps batches and the callbacks of a
rebalance apart. After a failure the worker drops all its state, reads the checkpoints and seeks to them.
"""

import asyncio
from time import monotonic

from services.projector.applied_offsets import AppliedOffsets
from services.projector.awaited_directory import reach_shown
from services.projector.batch_applier import BatchApplier
from services.projector.giving_up import FailedAttempts
from services.projector.intake.halving import BatchFailedError
from services.projector.intake.source import Source
from services.projector.partitions import Partitions
from services.projector.projection_log import log
from shared.clock import utc_now
from shared.directory.replica import DirectoryReplica
from shared.kafka import Consumer, KafkaError, group_consumer, subscribe
from shared.mongo import Database, PyMongoError
from shared.storage.checkpoints import FencedError, StoppedPartition
from shared.telemetry.failures import describe

BEAT_SECONDS = 0.5
"""How often the feed's windows are closed when no event arrives. A poll up to now waits this long at most."""
RETRY_SECONDS = 1.0
"""Pause after a failure."""
HALVED_SECONDS = 0.1
"""Pause after the failure of a batch: the next batch is smaller."""


class Projection:
    """Applies the partitions that the group assigns to it; `run` it, with the replica's `follow` running."""

    def __init__(
        self,
        db: Database,
        bootstrap: str,
        topic: str,
        group: str,
        replica: DirectoryReplica,
        *,
        name: str | None = None,
    ) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._topic = topic
        self._group = group
        self._name = name
        self._replica = replica
        self._source = Source(topic)
        self._partitions = Partitions(db, self._source, replica)
        self._applied_offsets = AppliedOffsets(bootstrap, group, topic)
        self._attempts = FailedAttempts()
        self._applier = BatchApplier(
            db, self._source, self._partitions, replica, applied_offsets=self._applied_offsets, attempts=self._attempts
        )
        self._lock = asyncio.Lock()
        """Held while a batch is applied and during the callbacks of a rebalance."""
        self._must_reload = False
        """Whether the checkpoints have to be read before the next batch."""
        self._beat_at = monotonic()
        self._consumer: Consumer
        self.assigned = asyncio.Event()
        """Set while the group has assigned partitions to this worker, even if there are none."""

    @property
    def stopped(self) -> list[StoppedPartition]:
        """Return the stopped partitions of this worker, and why each is stopped."""
        return self._partitions.stops.all

    @property
    def problem(self) -> str | None:
        """Return why this worker is unhealthy, or None. A stopped partition does not count."""
        return self._partitions.health.problem(self._partitions.standings())

    @property
    def lag(self) -> int:
        """Return the number of events of this worker's partitions that the views do not show, as far as it is known."""
        return sum(one.behind for one in self._partitions.standings())

    @property
    def lag_seconds(self) -> float:
        """Return the lag, in seconds, of the partition that is furthest behind; 0 when none is behind."""
        return self._partitions.health.lag_seconds(self._partitions.standings(), utc_now())

    async def run(self) -> None:
        """Apply batches until cancelled; raises `StuckError` after too many failures in a row."""
        async with group_consumer(self._bootstrap, self._group, self._name) as self._consumer:
            self._source.attach(self._consumer)
            subscribe(self._consumer, self._topic, revoked=self._let_go, assigned=self._take_up)
            try:
                await self._loop()
            finally:
                await self._applier.cancel()
                await self._applied_offsets.begin_commit(self._consumer)
                await self._applied_offsets.finish()

    async def _let_go(self) -> None:
        """Forget all partitions, because another worker may change their views."""
        async with self._lock:
            self.assigned.clear()
            await self._applier.settle()
            self._partitions.forget()
            self._applied_offsets.forget()
            await self._applier.forget()

    async def _take_up(self) -> None:
        """Begin at the checkpoints. If they cannot be read now, the loop tries again."""
        async with self._lock:
            self._must_reload = True
            try:
                await self._go_to_checkpoints()
            except (PyMongoError, KafkaError, TimeoutError) as away:
                log.warning("checkpoints_unread", reason=describe(away))
        self.assigned.set()

    async def _go_to_checkpoints(self) -> None:
        await self._applier.forget()
        loaded = await self._applied_offsets.load_checkpoints(self._db, self._consumer, sorted(self._source.assigned))
        await reach_shown(self._replica, loaded.values())
        self._applier.limit(at.together for at in loaded.values())
        await self._partitions.take_up(loaded)
        self._must_reload = False
        log.info("partitions_assigned", offsets={number: at.offset for number, at in loaded.items()})

    async def _loop(self) -> None:
        while True:
            try:
                await self._round()
            except (PyMongoError, KafkaError, FencedError, BatchFailedError, TimeoutError) as failure:
                self._partitions.note_standings()
                self._attempts.note(failure)
                self._must_reload = True
                await asyncio.sleep(HALVED_SECONDS if isinstance(failure, BatchFailedError) else RETRY_SECONDS)

    async def _round(self) -> None:
        """Fetch once, and apply one batch of the fetched records."""
        is_beat = await self._beat()
        if self._must_reload or (is_beat and await self._partitions.have_news()):
            async with self._lock:
                await self._go_to_checkpoints()
        fetched = await self._applier.fetch()
        async with self._lock:
            await self._applier.apply(fetched, is_beat=is_beat)

    async def _beat(self) -> bool:
        """Return whether this round is a beat: the first round at least `BEAT_SECONDS` after the last beat."""
        if monotonic() - self._beat_at <= BEAT_SECONDS:
            return False
        self._beat_at = monotonic()
        await self._applied_offsets.begin_commit(self._consumer)
        return True
