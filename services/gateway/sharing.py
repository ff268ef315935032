"""Reads that requests share: how often the same is asked for at a time does not matter then.

Requests that come while a read of the same is under way wait together for the next one, which begins after the last of
them came. So nobody gets an answer that is older than the question, and a lone request waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

ROUNDS = 8
"""Turns of the event loop in which requests that lie in socket buffers get here: each has to be received and begun."""

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class _Outcome(NamedTuple, Generic[Answer]):
    """What a read came to: an answer, or a failure; neither when whoever was to read gave up."""

    answer: Answer | None = None
    failure: Exception | None = None


class Shared(Generic[Key, Answer]):
    """Reads one at a time for each key; requests with the same key must be content with the same answer."""

    def __init__(self) -> None:
        self._reading: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._next: dict[Key, asyncio.Future[_Outcome[Answer]]] = {}

    def __len__(self) -> int:
        """Tell how many reads are waited for that have not begun."""
        return len(self._next)

    async def read(self, key: Key, read: Callable[[], Awaitable[Answer]]) -> Answer:
        """Give what `read` gives, which whoever comes first of those that wait calls; raises what it raises."""
        while (coming := self._next.get(key)) is not None:
            answer, failure = await asyncio.shield(coming)
            if failure is not None:
                raise failure
            if answer is not None:
                return answer
        return await self._read_for_all(key, read)

    async def _read_for_all(self, key: Key, read: Callable[[], Awaitable[Answer]]) -> Answer:
        lock = self._reading.setdefault(key, asyncio.Lock())
        mine = self._next[key] = asyncio.get_running_loop().create_future()
        outcome = _Outcome[Answer]()
        try:
            async with lock:
                await _let_in_what_has_arrived()
                del self._next[key]
                answer = await read()
                outcome = _Outcome(answer)
        except Exception as failure:
            outcome = _Outcome(failure=failure)
            raise
        finally:
            if self._next.get(key) is mine:
                del self._next[key]
            mine.set_result(outcome)
        return answer


async def _let_in_what_has_arrived() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
