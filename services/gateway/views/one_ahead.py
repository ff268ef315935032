"""Reading ahead: MongoDB works on the next part while the gateway works on this one."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

Part = TypeVar("Part")


async def one_ahead(parts: AsyncGenerator[Part, None]) -> AsyncGenerator[Part, None]:
    """Yield `parts`, and take the next one while the caller works on this one. Close them at the end."""
    coming = asyncio.ensure_future(anext(parts))
    try:
        while True:
            try:
                part = await coming
            except StopAsyncIteration:
                return
            coming = asyncio.ensure_future(anext(parts))
            yield part
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await parts.aclose()
