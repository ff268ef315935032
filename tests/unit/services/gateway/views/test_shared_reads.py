"""Equal requests share a read, which begins after all of them have arrived."""

import asyncio

import pytest

from services.gateway.views.shared_reads import ROUNDS, SharedReads


class Views:
    """A slow read: `reading` waits until the test lets it end, and returns the value at its start."""

    def __init__(self) -> None:
        self.written = 0
        self.reads = 0
        self.go = asyncio.Event()

    async def read(self) -> int:
        self.reads += 1
        seen = self.written
        await self.go.wait()
        return seen


async def begun() -> None:
    """Run the event loop until every request waits for the read."""
    for _ in range(2 * ROUNDS):
        await asyncio.sleep(0)


async def test_a_lone_request_reads_at_once() -> None:
    views, shared = Views(), SharedReads[str, int]()
    views.go.set()
    assert await shared.read("a", views.read) == 0
    assert await shared.read("a", views.read) == 0
    assert views.reads == 2


async def test_requests_during_a_read_share_the_next_read() -> None:
    views, shared = Views(), SharedReads[str, int]()
    first = asyncio.create_task(shared.read("a", views.read))
    await begun()
    views.written = 1
    others = [asyncio.create_task(shared.read("a", views.read)) for _ in range(30)]
    await begun()
    assert views.reads == 1
    views.go.set()
    assert await first == 0
    assert await asyncio.gather(*others) == [1] * 30
    assert views.reads == 2


async def test_a_request_during_the_next_read_does_not_share_it() -> None:
    views, shared = Views(), SharedReads[str, int]()
    first = asyncio.create_task(shared.read("a", views.read))
    await begun()
    second = asyncio.create_task(shared.read("a", views.read))
    await begun()
    views.go.set()
    await first
    views.go.clear()
    await begun()
    assert views.reads == 2
    views.written = 1
    third = asyncio.create_task(shared.read("a", views.read))
    await begun()
    views.go.set()
    assert (await second, await third) == (0, 1)


async def test_different_things_do_not_wait_for_each_other() -> None:
    views, others, shared = Views(), Views(), SharedReads[str, int]()
    first = asyncio.create_task(shared.read("a", views.read))
    await begun()
    others.go.set()
    assert await shared.read("b", others.read) == 0
    views.go.set()
    await first


async def test_all_that_share_a_read_fail_with_it_and_the_next_begins_anew() -> None:
    views, shared = Views(), SharedReads[str, int]()
    attempts = 0

    async def fail() -> int:
        nonlocal attempts
        attempts += 1
        raise TimeoutError

    first = asyncio.create_task(shared.read("a", views.read))
    await begun()
    others = [asyncio.create_task(shared.read("a", fail)) for _ in range(3)]
    await begun()
    views.go.set()
    await first
    outcomes = await asyncio.gather(*others, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [TimeoutError] * 3
    assert attempts == 1
    assert await shared.read("a", views.read) == 0


async def test_a_cancelled_request_does_not_cancel_the_others() -> None:
    views, shared = Views(), SharedReads[str, int]()
    first = asyncio.create_task(shared.read("a", views.read))
    await begun()
    second, third = (asyncio.create_task(shared.read("a", views.read)) for _ in range(2))
    await begun()
    first.cancel()
    await begun()
    second.cancel()
    await begun()
    views.go.set()
    assert await third == 0
    for given_up in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await given_up


async def test_nothing_is_kept_once_all_are_answered() -> None:
    views, shared = Views(), SharedReads[str, int]()
    views.go.set()
    await asyncio.gather(*(shared.read(key, views.read) for key in "aabbc"))
    assert len(shared) == 0


async def test_nothing_is_kept_of_a_read_without_waiting_requests() -> None:
    views, shared = Views(), SharedReads[str, int]()
    first = asyncio.create_task(shared.read("a", views.read))
    await begun()
    second = asyncio.create_task(shared.read("a", views.read))
    await begun()
    assert len(shared) == 1
    for task in (second, first):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    del task, first, second
    await begun()
    assert len(shared) == 0
