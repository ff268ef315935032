"""Different things that are asked for at the same time are read together."""

import asyncio
from collections.abc import Mapping, Sequence

from services.gateway.views.gathered_reads import GatheredReads


class Views:
    """A slow read of numbers: `go` lets it end. Odd numbers do not exist."""

    def __init__(self) -> None:
        self.reads: list[Sequence[int]] = []
        self.go = asyncio.Event()
        self.failure: Exception | None = None

    async def read(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.reads.append(keys)
        await self.go.wait()
        if self.failure:
            raise self.failure
        return {key: f"number {key}" for key in keys if key % 2 == 0}


async def begun() -> None:
    """Run the event loop until every request waits."""
    for _ in range(5):
        await asyncio.sleep(0)


def gathered(views: Views, at_once: int = 1) -> GatheredReads[int, str]:
    return GatheredReads(views.read, together=3, at_once=at_once)


async def test_what_is_asked_for_during_a_read_is_read_together_by_the_next_ones() -> None:
    views = Views()
    reads = gathered(views)
    asked = []
    for key in (0, 1, 2, 4, 6):
        asked.append(asyncio.create_task(reads.read(key)))
        await begun()
    assert views.reads == [[0]]
    views.go.set()
    assert await asyncio.gather(*asked) == ["number 0", None, "number 2", "number 4", "number 6"]
    assert views.reads == [[0], [1, 2, 4], [6]]


async def test_equal_requests_share_a_read_that_begins_after_them() -> None:
    views = Views()
    reads = gathered(views)
    asked = []
    for key in (0, 0, 0):
        asked.append(asyncio.create_task(reads.read(key)))
        await begun()
    views.go.set()
    assert await asyncio.gather(*asked) == ["number 0"] * 3
    assert views.reads == [[0], [0]]


async def test_so_many_reads_run_at_the_same_time() -> None:
    views = Views()
    reads = gathered(views, at_once=2)
    asked = []
    for key in (0, 2, 4):
        asked.append(asyncio.create_task(reads.read(key)))
        await begun()
    assert views.reads == [[0], [2]]
    views.go.set()
    await asyncio.gather(*asked)
    assert views.reads == [[0], [2], [4]]


async def test_what_is_asked_for_just_when_the_last_read_has_ended_is_read() -> None:
    """Both are woken in the same turn of the event loop, the read first."""
    views = Views()
    reads = gathered(views)

    async def asked_at_the_end() -> str | None:
        await views.go.wait()
        return await reads.read(2)

    first = asyncio.create_task(reads.read(0))
    await begun()
    second = asyncio.create_task(asked_at_the_end())
    await begun()
    views.go.set()
    async with asyncio.timeout(5):
        assert (await first, await second) == ("number 0", "number 2")
    assert views.reads == [[0], [2]]


async def test_a_failure_is_that_of_all_who_shared_the_read() -> None:
    views = Views()
    views.failure = OSError("away")
    reads = gathered(views)
    asked = [asyncio.create_task(reads.read(key)) for key in (0, 2)]
    await begun()
    views.go.set()
    assert [str(each) for each in await asyncio.gather(*asked, return_exceptions=True)] == ["away", "away"]
    views.failure = None
    assert await reads.read(4) == "number 4"


async def test_a_request_that_is_cancelled_takes_nothing_from_the_others() -> None:
    views = Views()
    reads = gathered(views)
    first, second = (asyncio.create_task(reads.read(0)) for _ in range(2))
    await begun()
    first.cancel()
    await begun()
    views.go.set()
    assert await second == "number 0"
