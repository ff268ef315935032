"""One part is read ahead while the caller works on the part before."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from services.gateway.views.one_ahead import one_ahead


class Parts:
    """Parts that are read one after the other; notes which were read, and the end."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count = count
        self.failure = failure
        self.read: list[int] = []
        self.is_closed = False
        self.stuck = asyncio.Event()

    async def all(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self.count):
                self.read.append(number)
                yield number
            if self.failure:
                raise self.failure
        finally:
            self.is_closed = True

    async def then_stuck(self) -> AsyncGenerator[int, None]:
        try:
            yield 0
            await self.stuck.wait()
        finally:
            self.is_closed = True


async def test_the_next_part_is_read_meanwhile_and_no_more() -> None:
    parts, taken = Parts(4), []
    async for part in one_ahead(parts.all()):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        taken.append((part, list(parts.read)))
    assert taken == [(0, [0, 1]), (1, [0, 1, 2]), (2, [0, 1, 2, 3]), (3, [0, 1, 2, 3])]
    assert parts.is_closed


async def test_a_failure_comes_after_the_parts_before_it() -> None:
    ahead = one_ahead(Parts(2, OSError("away")).all())
    assert [await anext(ahead), await anext(ahead)] == [0, 1]
    with pytest.raises(OSError, match="away"):
        await anext(ahead)


async def test_who_leaves_ends_what_is_read_ahead() -> None:
    parts = Parts(0)
    async with asyncio.timeout(5), aclosing(one_ahead(parts.then_stuck())) as ahead:
        assert await anext(ahead) == 0
        await asyncio.sleep(0)
    assert parts.is_closed
