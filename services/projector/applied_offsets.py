"""The offsets that the views have reached, committed to Kafka: they show when MongoDB was restored from a backup.

Workers commit to Kafka how far the views are. These offsets are some seconds old, so they never decide where to
continue. But when they are ahead of the checkpoints, MongoDB was restored, and a new generation begins.
"""

import asyncio
from collections.abc import Iterable, Mapping

from services.projector.projection_log import log
from shared.kafka import Consumer, KafkaError, commit, committed, end_offsets
from shared.mongo import Database
from shared.storage import checkpoints
from shared.storage.checkpoints import Checkpoint
from shared.storage.publication import begin_refill, read_publication
from shared.storage.topics import PARTITIONS
from shared.telemetry.failures import describe

COMMIT_SECONDS = 5.0

Remembered = Mapping[int, tuple[int, int]]
"""The generation and the offset that the views had reached, by partition."""


def generation_beyond(remembered: Remembered, loaded: Mapping[int, Checkpoint]) -> int | None:
    """Return the latest generation in which a partition was ahead of its checkpoint, or None."""
    further = [
        reached[0]
        for number, reached in remembered.items()
        if number in loaded and reached > (loaded[number].generation, loaded[number].offset)
    ]
    return max(further, default=None)


class AppliedOffsets:
    """Commits to Kafka how far the views are, one commit at a time, and reads it back."""

    def __init__(self, bootstrap: str, group: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._topic = topic
        self._applied: dict[int, Checkpoint] = {}
        self._committed: dict[int, tuple[int, str]] = {}
        self._committing: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Forget the noted partitions: they belong to another worker now."""
        self._applied, self._committed = {}, {}

    async def read(self) -> Remembered:
        """Return the offsets that Kafka holds, and forget the noted ones.

        Call it before you read the checkpoints to compare with. Raises `KafkaError`.
        """
        self.forget()
        kept = await committed(self._bootstrap, self._group, self._topic)
        return {number: (int(note), offset) for number, (offset, note) in kept.items() if note.isdecimal()}

    async def load_checkpoints(
        self, db: Database, reader: Consumer, partitions: Iterable[int]
    ) -> dict[int, Checkpoint]:
        """Read the checkpoints of `partitions`. If MongoDB was restored, begin a new generation first.

        The topic may then hold events that the event store lost. Raises `KafkaError` or `PyMongoError`.
        """
        remembered = await self.read()
        publication = await read_publication(db)
        loaded = await checkpoints.load(db, partitions)
        generation = generation_beyond(remembered, loaded)
        if generation is None:
            return loaded
        log.error("views_set_back", generation=generation)
        base = await end_offsets(reader, self._topic, PARTITIONS)
        await begin_refill(db, publication, base, beyond=generation)
        return await checkpoints.load(db, partitions)

    def note(self, applied: Iterable[Checkpoint]) -> None:
        """Note checkpoints that are committed to MongoDB, for the next commit to Kafka."""
        self._applied |= {checkpoint.partition: checkpoint for checkpoint in applied}

    async def begin_commit(self, reader: Consumer) -> None:
        """Start to commit the noted offsets, unless Kafka has them or the last commit is still under way."""
        if self._committing and not self._committing.done():
            return
        await self.finish()
        current = {number: (at.offset, str(at.generation)) for number, at in self._applied.items()}
        if news := {number: kept for number, kept in current.items() if self._committed.get(number) != kept}:
            self._committing = asyncio.create_task(self._commit(reader, news))

    async def finish(self) -> None:
        """Wait for the commit that is under way."""
        committing, self._committing = self._committing, None
        if committing:
            await committing

    async def _commit(self, reader: Consumer, news: Mapping[int, tuple[int, str]]) -> None:
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await commit(reader, self._topic, news)
        except (KafkaError, TimeoutError) as failure:  # the next commit contains all of this one
            log.warning("offsets_not_committed", kind=type(failure).__name__, reason=describe(failure))
        else:
            self._committed |= news
