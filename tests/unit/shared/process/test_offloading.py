"""Offloading: work with small input runs on the event loop, work with large input on a thread."""

import asyncio
from threading import Event, get_ident

import pytest

from shared.process.offloading import LARGE, offloaded


async def test_work_with_small_input_runs_on_the_event_loop() -> None:
    assert await offloaded(LARGE - 1, get_ident) == get_ident()


async def test_work_with_large_input_runs_on_a_thread() -> None:
    others_ran = Event()

    def wait_for_others() -> int:
        assert others_ran.wait(10)
        return get_ident()

    much = asyncio.create_task(offloaded(LARGE, wait_for_others))
    await asyncio.sleep(0)
    others_ran.set()
    assert await much != get_ident()


@pytest.mark.parametrize("size", [0, LARGE])
async def test_a_failure_is_raised_from_both(size: int) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await offloaded(size, fail)
