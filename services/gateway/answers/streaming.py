"""Streaming: sends an answer that is too large for memory in parts, as fast as the client reads."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from starlette.requests import Request

from services.gateway.parameters.paging import PageHead
from shared.http.answers import ANSWER_SECONDS
from shared.telemetry import logger

PIECE = 256 * 1024
"""Most bytes that are handed to the server at once. The server keeps what the client has not read."""
TAKEN_WITHIN = 30.0
"""Seconds within which the client must read a piece, or the answer ends."""

Send = Callable[[Any], Awaitable[None]]

log = logger(__name__)


async def stream(request: Request, send: Send, head: PageHead, parts: AsyncGenerator[bytes, None]) -> None:
    """Send an answer of JSON with the body `parts`; raises a failure that comes before the first part.

    An answer that the client does not read in time ends in the middle.
    """
    async with aclosing(parts):
        opening = await anext(parts)
        await send({"type": "http.response.start", "status": head.status, "headers": _encoded(head)})
        if request.method != "HEAD":
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await send_piece(send, opening)
                    async for part in parts:
                        if await request.is_disconnected():
                            return
                        await send_piece(send, part)
            except TimeoutError:
                log.warning("answer_abandoned", piece_within=TAKEN_WITHIN, whole_within=ANSWER_SECONDS)
                return
        await send({"type": "http.response.body"})


def _encoded(head: PageHead) -> list[tuple[bytes, bytes]]:
    headers = {"content-type": "application/json", **head.headers}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def send_piece(send: Send, part: bytes) -> None:
    """Send a part of an answer's body; raises `TimeoutError` when the client does not read it in time."""
    for start in range(0, len(part), PIECE):
        async with asyncio.timeout(TAKEN_WITHIN):
            await send({"type": "http.response.body", "body": part[start : start + PIECE], "more_body": True})
