"""The concurrency limit: running requests, waiting requests, and the time they wait."""

import asyncio

import pytest

from shared.http.concurrency_limit import ConcurrencyLimit, FullError


def limited(*, waiting: int = 1, seconds: float = 30) -> ConcurrencyLimit:
    return ConcurrencyLimit(2, waiting=waiting, seconds=seconds, refusal="Too many.")


async def inside(one: ConcurrencyLimit, end: asyncio.Event) -> None:
    async with one:
        await end.wait()


async def test_a_request_over_the_limit_waits_for_another_to_end() -> None:
    one, end = limited(), asyncio.Event()
    leaving = asyncio.Event()
    tasks = [asyncio.create_task(inside(one, event)) for event in (end, leaving)]
    third = asyncio.create_task(inside(one, leaving))
    await asyncio.sleep(0)
    assert not third.done()
    leaving.set()
    async with asyncio.timeout(5):
        await third
    end.set()
    await asyncio.gather(*tasks)


async def test_a_request_without_a_place_to_wait_is_refused_at_once() -> None:
    one, end = limited(), asyncio.Event()
    tasks = [asyncio.create_task(inside(one, end)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(FullError, match="Too many"):
        await inside(one, end)
    end.set()
    await asyncio.gather(*tasks)
    await inside(one, end)


async def test_a_request_that_waits_too_long_is_refused_and_frees_its_place() -> None:
    one, end = limited(seconds=0.02), asyncio.Event()
    tasks = [asyncio.create_task(inside(one, end)) for _ in range(2)]
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(FullError, match="Too many"):
            await inside(one, end)
    end.set()
    await asyncio.gather(*tasks)


async def test_a_cancelled_request_frees_its_place() -> None:
    one, end = limited(), asyncio.Event()
    tasks = [asyncio.create_task(inside(one, end)) for _ in range(2)]
    await asyncio.sleep(0)
    for _ in range(3):
        waiting = asyncio.create_task(inside(one, end))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    end.set()
    await asyncio.gather(*tasks)
    async with asyncio.timeout(5):
        await asyncio.gather(inside(one, end), inside(one, end))
