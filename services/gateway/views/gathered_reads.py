"""Reads that are gathered: what many requests ask for at the same time is read together.

What is asked for during a read waits for the next one, which begins after it was asked for. So no answer is older than
its request. A single request does not wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class GatheredReads(Generic[Key, Answer]):
    """Reads up to `together` keys at once with `read`, in at most `at_once` reads at the same time."""

    def __init__(
        self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Answer]]], *, together: int, at_once: int
    ) -> None:
        self._read = read
        self._together = together
        self._at_once = at_once
        self._waiting: dict[Key, asyncio.Future[Answer | None]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def read(self, key: Key) -> Answer | None:
        """Return what is read for `key`, or None when nothing is found; raises what the read raises."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
            if sum(not task.done() for task in self._reading) < self._at_once:  # a task that is done takes no more keys
                task = asyncio.create_task(self._read_all())
                self._reading.add(task)
                task.add_done_callback(self._reading.discard)
        return await asyncio.shield(answer)

    async def _read_all(self) -> None:
        while self._waiting:
            group = {key: self._waiting.pop(key) for key in list(islice(self._waiting, self._together))}
            try:
                found = await self._read(list(group))
            except Exception as failure:
                for answer in group.values():
                    answer.set_exception(failure)
            else:
                for key, answer in group.items():
                    answer.set_result(found.get(key))
