"""Deadlines: time limits of many short blocks, watched by one timer for each event loop.

`asyncio.timeout` sets up a timer for every block. That takes as long as parsing a command.
"""

import asyncio
from time import monotonic
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

LOOK_SECONDS = 0.1
"""Time between two looks at the running blocks, and so the longest time by which a block may exceed its limit."""


class Deadline:
    """The time limit of one block. When the time is over, the block is cancelled, and leaving it raises `TimeoutError`.

    The task that enters the block is the one that is cancelled.
    """

    __slots__ = ("_before", "_ends", "_expired", "_task", "_watch")

    def __init__(self, watch: "_Watch", ends: float) -> None:
        self._watch = watch
        self._ends = ends
        self._expired = False

    def __enter__(self) -> Self:
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        if self._task is None:
            raise RuntimeError("A deadline needs a task.")
        self._before = self._task.cancelling()
        self._watch.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.remove(self)
        if self._expired and self._task and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from failure

    def expire(self, now: float) -> None:
        """Cancel the block if its time is over."""
        if now >= self._ends and not self._expired and self._task:
            self._expired = True
            self._task.cancel()


class _Watch:
    """The running blocks of one event loop. A timer runs only while there are any."""

    def __init__(self) -> None:
        self._running: dict[Deadline, None] = {}
        self._looks = False

    def add(self, deadline: Deadline) -> None:
        self._running[deadline] = None
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def remove(self, deadline: Deadline) -> None:
        del self._running[deadline]

    def _look(self) -> None:
        self._looks = bool(self._running)
        if self._looks:
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)
        now = monotonic()
        for deadline in self._running:
            deadline.expire(now)  # the block leaves in a later turn of the event loop


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


def within(seconds: float) -> Deadline:
    """Return a context manager that raises `TimeoutError` when its block takes longer than `seconds`.

    It replaces `asyncio.timeout` where thousands of blocks run each second. A block may take `LOOK_SECONDS` more.
    """
    loop = asyncio.get_running_loop()
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = _Watch()
    return Deadline(watch, monotonic() + seconds)
