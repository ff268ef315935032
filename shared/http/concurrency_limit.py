"""A limit of the requests that run at the same time, of those that wait, and of the time they wait."""

import asyncio
from types import TracebackType


class FullError(Exception):
    """Too many requests wait, or this one waited too long. The text is a sentence for the client."""


class ConcurrencyLimit:
    """Lets `at_once` requests run at the same time, first come first served. Each uses it as a context manager.

    At most `waiting` more requests wait, for at most `seconds`. Others raise `FullError` with the sentence `refusal`.
    """

    def __init__(self, at_once: int, *, waiting: int, seconds: float, refusal: str) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._places = waiting
        self._seconds = seconds
        self._refusal = refusal

    async def __aenter__(self) -> None:
        """Wait for a free place. Raises `FullError`."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()

    async def _wait(self) -> None:
        if not self._places:
            raise FullError(self._refusal)
        self._places -= 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise FullError(self._refusal) from None
        finally:
            self._places += 1
