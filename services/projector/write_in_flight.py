"""The write in flight: one transaction that writes a batch while the next batch is prepared."""

import asyncio
from collections.abc import Callable

from services.projector.applied_events import reporting_applied
from services.projector.folds.batch import Changes
from services.projector.intake.batch_limit import BatchLimit
from services.projector.intake.halving import Batch, Halving
from services.projector.view_store import Moves, ViewStore

Written = Callable[[Batch, Moves, Changes], None]
"""Called when a batch is committed."""


class WriteInFlight:
    """Writes batches, never two at once."""

    def __init__(self, views: ViewStore, limit: BatchLimit, halving: Halving, written: Written) -> None:
        self._views = views
        self._limit = limit
        self._halving = halving
        self._written = written
        self._task: asyncio.Task[None] | None = None

    def begin(self, batch: Batch, moves: Moves, changes: Changes) -> None:
        """Start to write a batch. Call `wait` before, so that the previous one is written."""
        self._views.remember(changes.known)
        self._task = asyncio.create_task(self._write(batch, moves, changes))

    async def wait(self) -> None:
        """Wait for the write in flight, if there is one; raises its error."""
        task = self._task
        if task:
            try:
                await task
            finally:
                if self._task is task:
                    self._task = None

    async def cancel(self) -> None:
        """Cancel the write in flight and wait for its end. The checkpoints say whether it was committed."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self, batch: Batch, moves: Moves, changes: Changes) -> None:
        try:
            with reporting_applied(changes):
                await self._views.commit(moves, changes, together=self._limit.lowered)
        except Exception as failure:
            raise await self._halving.blame(batch, failure) from None
        self._written(batch, moves, changes)
