"""A check whether a program listens on a loopback port."""

import asyncio

from deploy.embedded.data_folder import LOOPBACK


async def listens(port: int) -> bool:
    """Return whether a program accepts a connection on `port` within a second."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            await writer.wait_closed()
    except OSError:
        return False
    return True
