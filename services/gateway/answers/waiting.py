"""Waiting requests: how many may wait, and an end of the wait when the client leaves or the service stops."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

AT_ONCE = 500
"""Requests that may wait in one process. Each takes a task and a socket."""
FOR_ONE_USER = 50
FULL = "Too many requests{of_user} wait for their answers; ask again."
STOPPING = "This server is stopping; ask again."


class CannotWaitError(Exception):
    """A request may not wait, or may not wait any longer. The text is a sentence with the reason."""


async def departure(receive: Receive) -> None:
    """Return once the client has left. Call it after the body was read, or when the body is not needed."""
    while (await receive())["type"] != "http.disconnect":
        pass  # discards the rest of a body


class Waiting:
    """Counts the waiting requests. A waiting request holds no MongoDB session and no connection to MongoDB."""

    def __init__(self, at_once: int = AT_ONCE, for_one_user: int = FOR_ONE_USER, refusal: str = FULL) -> None:
        """Limit the requests, in all and of one user. `refusal` is a sentence with a place for ` of this user`."""
        self._at_once = at_once
        self._for_one_user = for_one_user
        self._refusal = refusal
        self._users: Counter[str] = Counter()
        self._timers: set[asyncio.Timeout] = set()
        self._stopping = False

    def __len__(self) -> int:
        """Return the number of waiting requests."""
        return self._users.total()

    @contextmanager
    def place(self, user: str) -> Iterator[None]:
        """Take a place for a request of `user`; raises `CannotWaitError` when there is none."""
        if self._users[user] >= self._for_one_user:
            raise CannotWaitError(self._refusal.format(of_user=" of this user"))
        if len(self) >= self._at_once:
            raise CannotWaitError(self._refusal.format(of_user=""))
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
            raise CannotWaitError(STOPPING)

    @asynccontextmanager
    async def present(self, receive: Receive) -> AsyncIterator[None]:
        """Run the block, and end it when the client leaves or the service stops.

        Then raises `ClientDisconnect` or `CannotWaitError`.
        """
        if self._stopping:
            raise CannotWaitError(STOPPING)
        left = asyncio.ensure_future(departure(receive))
        try:
            async with asyncio.timeout(None) as timer:
                self._timers.add(timer)
                left.add_done_callback(end := partial(_expire, timer))
                try:
                    yield
                finally:
                    left.remove_done_callback(end)
                    self._timers.discard(timer)
        except TimeoutError:
            if not timer.expired():
                raise
            raise (ClientDisconnect() if left.done() else CannotWaitError(STOPPING)) from None
        finally:
            left.cancel()

    def stop(self) -> None:
        """End all waits, also later ones, because the service stops."""
        self._stopping = True
        for timer in self._timers:
            _expire(timer)


def _expire(timer: asyncio.Timeout, _left: object = None) -> None:
    if not timer.expired():
        timer.reschedule(asyncio.get_running_loop().time())
