"""Coroutines and tasks that run beside a test."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import TypeVar

Result = TypeVar("Result")


@asynccontextmanager
async def running(*coroutines: Coroutine[None, None, None]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Run `coroutines` during the block; fails when one of them failed."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert not failed, failed


async def first_done(
    tasks: Collection["asyncio.Task[Result]"], count: int, seconds: float = 60
) -> tuple[set["asyncio.Task[Result]"], set["asyncio.Task[Result]"]]:
    """Wait until at least `count` tasks are done; return the done and the pending ones."""
    done, pending = set[asyncio.Task[Result]](), set(tasks)
    async with asyncio.timeout(seconds):
        while len(done) < count:
            more, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            done |= more
    return done, pending
