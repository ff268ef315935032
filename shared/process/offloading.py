"""Offloading: work whose time grows with its input runs on a thread when the input is large."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

LARGE = 16 * 1024
"""Bytes of the smallest input that goes to a thread. For smaller input the thread costs more than the work."""

Result = TypeVar("Result")


async def offloaded(size: int, work: Callable[[], Result]) -> Result:
    """Return `work()`, whose input has `size` bytes. Large input is processed on a thread to free the event loop.

    Raises what `work` raises.
    """
    return await asyncio.to_thread(work) if size >= LARGE else work()
