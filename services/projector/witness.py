"""Kafka as a witness of how far the views were: one that remembers more than MongoDB says that it was restored.

The offset committed to Kafka is never where to go on: it follows the checkpoints, some time behind.
"""

import asyncio
from collections.abc import Iterable, Mapping

from services.projector.checkpoints import Checkpoint
from shared.failures import told
from shared.kafka import Consumer, KafkaError, commit, committed
from shared.telemetry import logger

COMMIT_SECONDS = 5.0

Remembered = Mapping[int, tuple[int, int]]
"""By partition, the generation and the offset that the views had reached."""

log = logger(__name__)


def contradiction(remembered: Remembered, checkpoints: Mapping[int, Checkpoint]) -> int | None:
    """Give the latest generation in which one of `checkpoints` was further on than it says; None when none was."""
    further = [
        reached[0]
        for number, reached in remembered.items()
        if number in checkpoints and reached > (checkpoints[number].generation, checkpoints[number].offset)
    ]
    return max(further, default=None)


class Witness:
    """Commits what is applied, one commit at a time, and tells checkpoints that were set back from others."""

    def __init__(self, bootstrap: str, group: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._topic = topic
        self._applied: dict[int, Checkpoint] = {}
        self._told: dict[int, tuple[int, str]] = {}
        self._telling: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Tell no more of what is another worker's now."""
        self._applied, self._told = {}, {}

    async def remembered(self) -> Remembered:
        """Ask Kafka, before checkpoints are read that it is to be held against; raises `KafkaError`."""
        self.forget()
        kept = await committed(self._bootstrap, self._group, self._topic)
        return {number: (int(note), offset) for number, (offset, note) in kept.items() if note.isdecimal()}

    def applied(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Take note of checkpoints that are committed."""
        self._applied |= {checkpoint.partition: checkpoint for checkpoint in checkpoints}

    async def tell(self, reader: Consumer) -> None:
        """Begin to commit what is applied, unless Kafka knows it or the commit before is still under way."""
        if self._telling and not self._telling.done():
            return
        await self.finish()
        current = {number: (at.offset, str(at.generation)) for number, at in self._applied.items()}
        if news := {number: kept for number, kept in current.items() if self._told.get(number) != kept}:
            self._telling = asyncio.create_task(self._commit(reader, news))

    async def finish(self) -> None:
        """Wait for the commit that is under way."""
        telling, self._telling = self._telling, None
        if telling:
            await telling

    async def _commit(self, reader: Consumer, news: Mapping[int, tuple[int, str]]) -> None:
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await commit(reader, self._topic, news)
        except (KafkaError, TimeoutError) as failure:  # the next one says all that this one would have
            log.warning("offsets_not_committed", kind=type(failure).__name__, reason=told(failure))
        else:
            self._told |= news
