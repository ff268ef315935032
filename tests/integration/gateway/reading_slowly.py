"""Clients that send a request and read the answer slowly, and the gateway's process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from tests.integration.gateway.gateway_platform import Platform


@asynccontextmanager
async def opened_request(
    platform: Platform, target: str, *headers: str, login: str = "all"
) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request on a new connection and read nothing yet; the connection is cut at the end of the block."""
    host, _, port = platform.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=65_536)
    try:
        lines = [f"GET {target} HTTP/1.1", "Host: here", f"Cookie: {platform.cookies[login]}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        yield reader
    finally:
        writer.transport.abort()


def gateway_process(platform: Platform) -> psutil.Process:
    port = int(platform.url.rpartition(":")[2])
    listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    [pid] = {one.pid for one in listening if one.laddr and one.laddr.port == port}
    return psutil.Process(pid)
