"""Deadlines end blocks that take too long, and nothing else."""

import asyncio
from time import monotonic

import pytest

from shared import deadlines
from shared.deadlines import LOOK_SECONDS, within

FOREVER = 60.0


async def test_a_block_that_takes_too_long_ends_with_a_timeout() -> None:
    began = monotonic()
    with pytest.raises(TimeoutError), within(0.05):
        await asyncio.sleep(FOREVER)
    assert 0.05 <= monotonic() - began < FOREVER / 2
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # the task goes on


async def test_a_block_in_time_ends_as_usual() -> None:
    with within(FOREVER):
        await asyncio.sleep(0)
    with pytest.raises(KeyError), within(FOREVER):
        raise KeyError
    await asyncio.sleep(2 * LOOK_SECONDS)


async def test_a_block_that_ends_at_its_limit_is_not_cancelled_afterwards() -> None:
    for _ in range(50):
        with within(0):
            await asyncio.sleep(0)
    await asyncio.sleep(2 * LOOK_SECONDS)


@pytest.mark.parametrize("outer", [0.05, FOREVER])
async def test_of_two_nested_blocks_the_one_with_less_time_ends_first(outer: float) -> None:
    reached = []

    async def nested() -> None:
        with within(outer):
            try:
                with within(0.05 if outer == FOREVER else FOREVER):
                    await asyncio.sleep(FOREVER)
            except TimeoutError:
                reached.append("inner")
                raise

    with pytest.raises(TimeoutError):
        await nested()
    assert reached == (["inner"] if outer == FOREVER else [])


async def test_a_task_that_is_cancelled_from_outside_stays_cancelled() -> None:
    entered = asyncio.Event()

    async def block() -> None:
        with within(FOREVER):
            entered.set()
            await asyncio.sleep(FOREVER)

    task = asyncio.create_task(block())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_only_the_blocks_whose_time_is_over_end() -> None:
    async def block(seconds: float) -> str:
        try:
            with within(seconds):
                await asyncio.sleep(5 * LOOK_SECONDS)
        except TimeoutError:
            return "late"
        return "in time"

    outcomes = await asyncio.gather(*(block(seconds) for seconds in (0.01, FOREVER) * 200))
    assert outcomes == ["late", "in time"] * 200


async def test_no_timer_runs_while_there_is_no_block() -> None:
    with within(FOREVER):
        await asyncio.sleep(0)
    watch = deadlines._watches[asyncio.get_running_loop()]
    assert watch._looks
    await asyncio.sleep(3 * LOOK_SECONDS)
    assert not watch._looks


def test_every_event_loop_has_a_watch_of_its_own() -> None:
    async def late() -> None:
        with within(0.01):
            await asyncio.sleep(FOREVER)

    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(late())
