"""Password checks: few run at the same time, because each takes memory and a core. The others wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import SystemRandom

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from services.gateway.answers.waiting import departure
from services.gateway.passwords.fair_queue import FairQueue, Path

AT_ONCE = 2
"""Password checks at the same time. Each takes 64 MiB and about 50 ms of a core."""
STRANGERS_AT_ONCE = 1
"""Checks of strangers at the same time. One check stays free for known addresses, and one core for other work."""
WAITING = 32
"""Waiting places in each lane."""
WAIT_SECONDS = 10.0
"""Longest wait of a login for its turn. Checks are slow on a busy machine and while MongoDB is unavailable."""


class TooManyLoginsError(Exception):
    """Too many logins wait for their password checks, and this one gets no place."""


class _Lane:
    def __init__(self, most: int) -> None:
        self.most = most
        self.running = 0
        self.waiting = FairQueue[asyncio.Future[None]](WAITING, SystemRandom())


class Checks:
    """Lets few checks run at the same time. Others wait in two lanes: one for known addresses, one for strangers.

    Strangers cannot fill the lane of known addresses. In each lane, a `FairQueue` shares the places.
    """

    def __init__(self) -> None:
        self._known = _Lane(AT_ONCE)
        self._strangers = _Lane(STRANGERS_AT_ONCE)

    @asynccontextmanager
    async def turn(self, path: Path, receive: Receive, *, known: bool) -> AsyncIterator[None]:
        """Wait for the turn of a check and hold it. `path` is as in `FairQueue`, with one length for each lane.

        Raises `TooManyLoginsError` when there is no waiting place, when another login takes the place, or when the turn
        does not come in time. Raises `ClientDisconnect` when the client leaves.
        """
        lane = self._known if known else self._strangers
        if self._has_room(lane):
            lane.running += 1
        else:
            await self._wait(lane, path, receive)
        try:
            yield
        finally:
            self._end(lane)

    def _has_room(self, lane: _Lane) -> bool:
        return lane.running < lane.most and self._known.running + self._strangers.running < AT_ONCE

    async def _wait(self, lane: _Lane, path: Path, receive: Receive) -> None:
        mine = asyncio.get_running_loop().create_future()
        refused = lane.waiting.add(path, mine)
        if refused is not None:
            refused.set_exception(TooManyLoginsError())
        left = asyncio.create_task(departure(receive))
        try:
            await asyncio.wait((mine, left), timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if left.done():
                left.result()
                raise ClientDisconnect
            if not mine.done():
                raise TooManyLoginsError
        except BaseException:
            if not mine.done():
                lane.waiting.discard(path, mine)
            elif mine.exception() is None:
                self._end(lane)  # its turn had already come
            raise
        finally:
            left.cancel()
        mine.result()

    def _end(self, lane: _Lane) -> None:
        """Start the next checks: strangers first, up to their own smaller limit."""
        lane.running -= 1
        for served in (self._strangers, self._known):
            while self._has_room(served) and (following := served.waiting.take()) is not None:
                following.set_result(None)
                served.running += 1
