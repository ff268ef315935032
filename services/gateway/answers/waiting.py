"""Waiting requests: how many may wait, and an end of the wait when the client leaves or the service stops."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

AT_ONCE = 500
"""Requests that may wait in one process. Each takes a task and a socket."""
FOR_ONE_USER = 50


class CannotWaitError(Exception):
    """A request may not wait, or may not wait any longer. The text is a sentence with the reason."""


async def departure(receive: Receive) -> None:
    """Return once the client has left. Call it after the body was read, or when the body is not needed."""
    while (await receive())["type"] != "http.disconnect":
        pass  # discards the rest of a body


class Waiting:
    """Counts the waiting requests. A waiting request holds no MongoDB session and no connection to MongoDB."""

    def __init__(self) -> None:
        self._users: Counter[str] = Counter()
        self._timers: set[asyncio.Timeout] = set()
        self._stopping = False

    def __len__(self) -> int:
        """Return the number of waiting requests."""
        return self._users.total()

    @contextmanager
    def place(self, user: str) -> Iterator[None]:
        """Take a place for a request of `user`; raises `CannotWaitError` when there is none."""
        if self._users[user] >= FOR_ONE_USER:
            raise CannotWaitError("Too many requests of this user wait for their answers; ask again.")
        if len(self) >= AT_ONCE:
            raise CannotWaitError("Too many requests wait for their answers; ask again.")
        self._users[user] += 1
        try:
            yield
        finally:
            self._users[user] -= 1
            self._users += Counter()  # removes users without waiting requests

    async def sleep(self, seconds: float, request: Request) -> None:
        """Return after `seconds` of the monotonic clock.

        Raises `ClientDisconnect` when the client leaves earlier, `CannotWaitError` when the service stops.
        """
        if not self._stopping:
            try:
                async with asyncio.timeout(seconds) as timer:
                    self._timers.add(timer)
                    try:
                        await departure(request.receive)
                    finally:
                        self._timers.discard(timer)
                raise ClientDisconnect
            except TimeoutError:
                pass
        if self._stopping:
            raise CannotWaitError("This server is stopping; ask again.")

    def stop(self) -> None:
        """End all waits, also later ones, because the service stops."""
        self._stopping = True
        now = asyncio.get_running_loop().time()
        for timer in self._timers:
            if not timer.expired():
                timer.reschedule(now)
