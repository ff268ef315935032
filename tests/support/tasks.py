"""Coroutines that run beside a test."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(*coroutines: Coroutine[None, None, None]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Run `coroutines` for as long as the block lasts; fails when one of them failed."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
