"""Telling whether a loopback port is listened on."""

import asyncio

from deploy.embedded.folder import LOOPBACK


async def listens(port: int) -> bool:
    """Tell whether something accepts a connection on `port` within a second."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            await writer.wait_closed()
    except OSError:
        return False
    return True
