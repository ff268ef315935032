"""Reads that requests share: how often the same is asked for at a time does not matter then.

Requests that come while a read of the same is under way wait together for the next one, which begins after the last of
them came. So nobody gets an answer that is older than the question, and a lone request waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class _Turn(Generic[Answer]):
    """A read that several requests wait for."""

    def __init__(self) -> None:
        self.answer: tuple[Answer] | None = None
        self.failure: Exception | None = None


class Shared(Generic[Key, Answer]):
    """Reads one at a time for each key; requests with the same key must be content with the same answer."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._next: WeakValueDictionary[Key, _Turn[Answer]] = WeakValueDictionary()

    def __len__(self) -> int:
        """Tell how many reads are waited for that have not begun."""
        return len(self._next)

    async def read(self, key: Key, read: Callable[[], Awaitable[Answer]]) -> Answer:
        """Give what `read` gives, called by whoever comes first of those that wait; raises what it raises."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        turn = self._next.setdefault(key, _Turn())
        async with lock:
            if turn.failure is not None:
                raise turn.failure
            if turn.answer is None:
                if self._next.get(key) is turn:
                    del self._next[key]
                try:
                    turn.answer = (await read(),)
                except Exception as failure:
                    turn.failure = failure
                    raise
            return turn.answer[0]
