"""The hot path: batches of `ticket-events` into the views, one transaction each, from the checkpoints on.

One task loops over batches: while one is being written, the next is fetched and folded, on from the tickets and the
checkpoints that the first will have left; one transaction follows the other. A batch and the callbacks of a rebalance
exclude each other; after any failure everything remembered is forgotten and the consumer is put back to the checkpoints
(design, Projector).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from services.projector import checkpoints
from services.projector.batch import Changes, Incoming, Record, Stop, apply, missing_entries, read
from services.projector.checkpoints import Checkpoint, FencedError
from services.projector.feed import closed_until
from services.projector.limits import BatchLimit, does_not_fit, within_bytes
from services.projector.progress import Progress
from services.projector.refresh import Refresh
from services.projector.tracing import applying
from services.projector.views import Moves, Views
from services.projector.witness import Witness, contradiction
from shared.clock import instant, utc_now
from shared.failures import told
from shared.heartbeats import StoppedPartition
from shared.kafka import (
    Consumer,
    ConsumerRecord,
    KafkaError,
    TopicPartition,
    end_offsets,
    group_consumer,
    subscribe,
)
from shared.mongo import Database, PyMongoError
from shared.relay_position import begin_refill, relay_progress
from shared.replica import DirectoryReplica
from shared.schema import NEVER
from shared.telemetry import logger
from shared.telemetry.traces import readable
from shared.topics import PARTITIONS, generation_of

FETCH_MS = 250
"""How long a fetch waits when there is nothing, in milliseconds."""
BEAT_SECONDS = 0.5
"""How often the feed's windows are closed further where nothing happens: part of what a poll up to now waits."""
DIRECTORY_SECONDS = 5.0
"""How long an event waits for an entry of the directory that it names."""
RETRY_SECONDS = 1.0
FAILURES = 30
"""Failures after which the worker gives up and is started anew, if it did not get on in between."""
APART_SECONDS = 60.0
"""Failures further apart than this are not of the same thing."""

Readings = Mapping[int, tuple[list[Incoming], Stop | None]]
"""By partition: the events of a batch, and why the record behind them is none."""

log = logger(__name__)


class StuckError(Exception):
    """The same fails again and again; the text says what, and nothing of the tickets."""


class Projection:
    """Applies the partitions that the group assigns to it; `run` it, with the replica's `follow` running."""

    def __init__(self, db: Database, bootstrap: str, topic: str, group: str, replica: DirectoryReplica) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._topic = topic
        self._group = group
        self._replica = replica
        self._views = Views(db)
        self._refresh = Refresh(db, self._views, replica)
        self._limit = BatchLimit()
        self._lock = asyncio.Lock()
        self._checkpoints: dict[int, Checkpoint] = {}
        """As they stand once what is being written is."""
        self._writing: asyncio.Task[None] | None = None
        self._progress = Progress()
        self._witness = Witness(bootstrap, group, topic)
        self._failures = 0
        self._failed_at = monotonic()
        self._stopped: dict[int, StoppedPartition] = {}
        self._stopped_at = 0
        self._lost = False
        self._published: dict[int, int] = {}
        """By partition, where it ends as the relay has noted down: fetches tell that only while they are answered."""
        self._began = utc_now()
        self._beat_at = monotonic()
        self._consumer: Consumer
        self.assigned = asyncio.Event()
        """Set while this worker has what the group has given it, be it nothing."""

    @property
    def stopped(self) -> list[StoppedPartition]:
        """The partitions of this worker that can not go on, and why."""
        return list(self._stopped.values())

    @property
    def objection(self) -> str | None:
        """Why this worker is not well; None when it is. A partition that is stopped is no fault of the worker."""
        return self._progress.objection(self._behind(self._going_on))

    @property
    def lag(self) -> int:
        """How many events of this worker's partitions the views do not show, as far as is known."""
        return self._behind(self._checkpoints)

    @property
    def lag_seconds(self) -> float:
        """The age, in seconds, of what the views show of the partition that is furthest behind; 0 when none is.

        It is that of this worker where nothing was ever shown. A partition that is stopped does not count.
        """
        shown = (self._checkpoints[number].feed_until for number in self._going_on if self._behind({number}))
        oldest = min((moment if moment > NEVER else self._began for moment in shown), default=None)
        return (utc_now() - oldest).total_seconds() if oldest else 0.0

    @property
    def _going_on(self) -> set[int]:
        return self._checkpoints.keys() - self._stopped.keys()

    def _behind(self, partitions: Iterable[int]) -> int:
        """Tell how many events of `partitions` the views do not show, as far as is known."""
        return sum(max(0, self._known_end(number) - self._checkpoints[number].offset) for number in partitions)

    async def run(self) -> None:
        """Apply batches until cancelled; raises `StuckError` after `FAILURES` of them that failed."""
        async with group_consumer(self._bootstrap, self._group) as self._consumer:
            subscribe(self._consumer, self._topic, revoked=self._let_go, assigned=self._take_up)
            try:
                await self._loop()
            finally:
                if self._writing:
                    self._writing.cancel()
                    await asyncio.wait({self._writing})
                await self._witness.tell(self._consumer)
                await self._witness.finish()

    async def _let_go(self) -> None:
        """Forget all partitions: what is remembered of them will be another worker's to change."""
        async with self._lock:
            self.assigned.clear()
            await self._give_up_writing()
            self._checkpoints.clear()
            self._witness.forget()
            self._stopped.clear()
            self._views.forget()
            await self._refresh.forget()

    async def _take_up(self) -> None:
        """Begin where the checkpoints say; the loop tries again if they can not be read now."""
        async with self._lock:
            try:
                await self._go_to_checkpoints()
            except (PyMongoError, KafkaError, TimeoutError) as away:
                self._lost = True
                log.warning("checkpoints_unread", reason=told(away))
        self.assigned.set()

    async def _loop(self) -> None:
        while True:
            try:
                await self._next_batch()
            except (PyMongoError, KafkaError, FencedError, TimeoutError) as failure:
                self._count_failure()
                self._progress.behind(self._behind(self._going_on))
                log.warning("batch_failed", kind=type(failure).__name__, reason=told(failure), failures=self._failures)
                if self._failures == FAILURES:
                    raise StuckError(f"Gave up after {FAILURES} attempts: {told(failure)}") from None
                self._lost = True
                if does_not_fit(failure) and self._limit.records > 1:
                    self._limit.shrink()
                else:
                    await asyncio.sleep(RETRY_SECONDS)

    def _count_failure(self) -> None:
        last, self._failed_at = self._failed_at, monotonic()
        self._failures = self._failures + 1 if self._failed_at - last < APART_SECONDS else 1

    def _got_on(self) -> None:
        """Count failures anew, unless directory changes are still to be shown: what fails may be that."""
        if not self._refresh.is_due(self._checkpoints.values()):
            self._failures = 0

    async def _next_batch(self) -> None:
        is_beat = monotonic() - self._beat_at > BEAT_SECONDS
        if is_beat:
            self._beat_at = monotonic()
            await self._witness.tell(self._consumer)
        if self._lost or (is_beat and await self._has_news()):
            async with self._lock:
                await self._go_to_checkpoints()
        wait_ms = 0 if self._refresh.is_under_way else FETCH_MS
        fetched = await self._consumer.getmany(timeout_ms=wait_ms, max_records=self._limit.records)
        async with self._lock:
            if self._refresh.is_due(self._checkpoints.values()):
                await self._written()
                self._checkpoints |= await self._refresh.step(self._checkpoints)
                self._got_on()
            await self._apply(self._ours(fetched), is_beat=is_beat)

    async def _written(self) -> None:
        """Wait for what is being written; raises what that fails with."""
        writing = self._writing
        if writing:
            try:
                await writing
            finally:
                if self._writing is writing:
                    self._writing = None

    async def _give_up_writing(self) -> None:
        """Wait for what is being written, however it ends: the checkpoints tell."""
        try:
            await self._written()
        except (PyMongoError, FencedError) as failure:
            log.warning("batch_failed", kind=type(failure).__name__, reason=told(failure), failures=self._failures)

    async def _has_news(self) -> bool:
        """Tell whether the topic is a new one, or the directory another than when a partition stopped."""
        progress = await relay_progress(self._db)
        self._published = {int(number): end for number, end in progress["ends"].items()}
        if self._stopped and self._replica.offset != self._stopped_at:
            return True
        return any(checkpoint.generation != progress["generation"] for checkpoint in self._checkpoints.values())

    async def _go_to_checkpoints(self) -> None:
        await self._give_up_writing()
        self._views.forget()
        await self._refresh.forget()
        partitions = self._consumer.assignment()
        loaded = await self._load([partition.partition for partition in partitions])
        await self._reach_directory(loaded.values())
        self._stopped.clear()
        self._published.clear()
        self._checkpoints = loaded
        for partition in partitions:
            self._consumer.resume(partition)
            self._consumer.seek(partition, self._checkpoints[partition.partition].offset)
        self._lost = False
        log.info("partitions_assigned", offsets={number: at.offset for number, at in self._checkpoints.items()})

    async def _load(self, partitions: Sequence[int]) -> dict[int, Checkpoint]:
        """Read the checkpoints; when MongoDB was set back, in a new generation: the topic may hold events of nobody."""
        remembered = await self._witness.remembered()
        progress = await relay_progress(self._db)
        loaded = await checkpoints.load(self._db, partitions)
        generation = contradiction(remembered, loaded)
        if generation is None:
            return loaded
        log.error("views_set_back", generation=generation)
        base = await end_offsets(self._consumer, self._topic, PARTITIONS)
        await begin_refill(self._db, progress, base, beyond=generation)
        return await checkpoints.load(self._db, partitions)

    async def _reach_directory(self, loaded: Iterable[Checkpoint]) -> None:
        """Wait until the replica is as far as the one that our views were shown with, so that no name goes back."""
        shown = max((checkpoint.directory for checkpoint in loaded), default=0)
        if self._replica.offset < shown:
            await self._replica.reach(min(shown, await self._replica.end()), DIRECTORY_SECONDS)

    def _ours(
        self, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]]
    ) -> dict[TopicPartition, Sequence[ConsumerRecord]]:
        """Leave out what was fetched before a rebalance or a seek: it does not begin at the checkpoint."""
        ours = {}
        for partition, records in fetched.items():
            checkpoint = self._checkpoints.get(partition.partition)
            if checkpoint is None or not records:
                continue
            if records[0].offset == checkpoint.offset:
                ours[partition] = records
            else:
                self._consumer.seek(partition, checkpoint.offset)
        return ours

    async def _apply(self, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]], *, is_beat: bool) -> None:
        taken = within_bytes(fetched)
        batches = {partition.partition: records for partition, records in taken.items()}
        readings = {number: self._read(number, records) for number, records in batches.items()}
        changes, stops = await self._fold(readings)
        ends = {number: _end(records, readings[number][0], stops.get(number)) for number, records in batches.items()}
        await self._commit(ends, changes, is_beat=is_beat)
        if stops:
            await self._written()
        for number, stop in stops.items():
            await self._stop(number, stop)
        for partition, records in fetched.items():
            if len(taken.get(partition, ())) < len(records) and partition.partition not in stops:
                self._consumer.seek(partition, self._checkpoints[partition.partition].offset)

    def _read(self, number: int, records: Sequence[ConsumerRecord]) -> tuple[list[Incoming], Stop | None]:
        """Read the events of a batch; what was still published for an earlier generation comes again in this one."""
        generation = self._checkpoints[number].generation
        known = map(_record, records)
        return read(record for record in known if record.generation is None or record.generation >= generation)

    async def _fold(self, readings: Readings) -> tuple[Changes, dict[int, Stop]]:
        everything = [one for incoming, _ in readings.values() for one in incoming]
        await self._await_directory(everything)
        tickets = await self._views.tickets(one.event.aggregateUid for one in everything)
        changes, stops, directory = Changes(), {}, self._replica.directory
        for number, (incoming, unreadable) in readings.items():
            feed_until = self._checkpoints[number].feed_until
            stop = apply(changes, number, incoming, tickets, directory=directory, feed_until=feed_until) or unreadable
            if stop:
                stops[number] = stop
        return changes, stops

    async def _await_directory(self, incoming: Iterable[Incoming]) -> None:
        """Wait for entries that events name and the replica lacks: they may have been published a moment ago."""
        if missing_entries(incoming, self._replica.directory):
            try:
                await self._replica.reach(await self._replica.end(), DIRECTORY_SECONDS)
            except TimeoutError:
                log.warning("directory_behind", offset=self._replica.offset)

    async def _commit(self, ends: Mapping[int, "_End"], changes: Changes, *, is_beat: bool) -> None:
        now = utc_now()
        moves = [
            (before, after)
            for number, before in self._checkpoints.items()
            if (after := self._moved(before, ends.get(number), now)) != before and (is_beat or number in ends)
        ]
        await self._written()
        self._progress.behind(self._behind(self._going_on))
        if moves:
            self._views.remember(changes.known)
            self._writing = asyncio.create_task(self._write(moves, changes, is_batch=bool(ends)))
            self._checkpoints |= {after.partition: after for _, after in moves}

    async def _write(self, moves: Moves, changes: Changes, *, is_batch: bool) -> None:
        with applying(changes):
            await self._views.commit(moves, changes)
        self._witness.applied(after for _, after in moves)
        if is_batch:
            self._progress.written([line["sent"] for line in changes.journal], utc_now())
            self._got_on()
            self._limit.grow()

    def _moved(self, before: Checkpoint, end: "_End | None", now: datetime) -> Checkpoint:
        offset = end.offset if end else before.offset
        last_sent = end.last_sent if end and end.last_sent else before.feed_until
        is_behind = self._high_water(before.partition) is None or offset < self._known_end(before.partition)
        return replace(
            before, offset=offset, feed_until=closed_until(before.feed_until, now, last_sent if is_behind else None)
        )

    def _known_end(self, number: int) -> int:
        """Tell where the partition ends at least."""
        return max(self._high_water(number) or 0, self._published.get(number, 0))

    def _high_water(self, number: int) -> int | None:
        """Tell where the partition ended when something was fetched of it last."""
        partition = TopicPartition(self._topic, number)
        return self._consumer.highwater(partition) if partition in self._consumer.assignment() else None

    async def _stop(self, number: int, stop: Stop) -> None:
        self._stopped[number] = StoppedPartition(number, stop.offset, stop.reason)
        self._stopped_at = self._replica.offset
        self._consumer.pause(TopicPartition(self._topic, number))
        log.error("partition_stopped", partition=number, offset=stop.offset, reason=stop.reason)
        await checkpoints.report_stopped(self._db, self._stopped[number], utc_now())


class _End(NamedTuple):
    """How far a batch goes in a partition: the offset to go on at, and when the last event applied was received."""

    offset: int
    last_sent: datetime | None


def _end(records: Sequence[ConsumerRecord], incoming: Sequence[Incoming], stop: Stop | None) -> _End:
    applied = [one for one in incoming if stop is None or one.offset < stop.offset]
    last_sent = instant(applied[-1].event.sentDate) if applied else None
    return _End(stop.offset if stop else records[-1].offset + 1, last_sent)


def _record(record: ConsumerRecord) -> Record:
    headers = dict(record.headers)
    event_id, traceparent = (headers.get(name, b"").decode(errors="replace") for name in ("ce_id", "traceparent"))
    return Record(record.offset, event_id, record.value or b"", readable(traceparent), generation_of(headers))
