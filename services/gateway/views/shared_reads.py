"""Reads that requests share: many equal requests at the same time cost one or two reads.

Requests that arrive during a read of the same key wait together for the next read. It begins after they arrived, so
no answer is older than its request. A single request does not wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

ROUNDS = 8
"""Turns of the event loop before a read begins. Meanwhile, requests in socket buffers are received and share the
read."""

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class _Outcome(NamedTuple, Generic[Answer]):
    """The result of a read: an answer or a failure. It has neither if the request that ran the read was cancelled."""

    answer: Answer | None = None
    failure: Exception | None = None


class SharedReads(Generic[Key, Answer]):
    """Runs one read at a time for each key. Requests with the same key get the same answer."""

    def __init__(self) -> None:
        self._reading: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._next: dict[Key, list[asyncio.Future[_Outcome[Answer]]]] = {}
        """By key, those who wait for a read that has not begun, besides the request that will run it."""

    def __len__(self) -> int:
        """Return the number of reads that requests wait for and that have not begun."""
        return len(self._next)

    async def read(self, key: Key, read: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the result of `read`, which the first of the waiting requests calls; raises what it raises."""
        while (waiting := self._next.get(key)) is not None:
            coming: asyncio.Future[_Outcome[Answer]] = asyncio.get_running_loop().create_future()
            waiting.append(coming)
            answer, failure = await coming
            if failure is not None:
                raise failure
            if answer is not None:
                return answer
        lock = self._reading.setdefault(key, asyncio.Lock())
        mine: list[asyncio.Future[_Outcome[Answer]]] = []
        self._next[key] = mine
        outcome = _Outcome[Answer]()
        try:
            async with lock:
                await _let_others_join()
                del self._next[key]
                answer = await read()
                outcome = _Outcome(answer)
        except Exception as failure:
            outcome = _Outcome(failure=failure)
            raise
        finally:
            if self._next.get(key) is mine:
                del self._next[key]
            for each in mine:
                if not each.done():  # a request that was cancelled waits no more
                    each.set_result(outcome)
        return answer


async def _let_others_join() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
