"""The end of requests and connections: answers before the body, abandoned answers, waiting bodies."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from shared.http.protocol import PIECES
from tests.support.clients.echo import PART, PARTS, Echo, echoing, wired

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
EXPECTING = b"POST /early HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
LENGTH = 100_000_000


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with echoing() as served:
        yield served


@pytest.mark.parametrize(
    ("head", "parts"),
    [
        (b"POST /early HTTP/1.1\r\nHost: a\r\n" + CHUNKED, [b"5\r\nhello\r\n"] * 5),
        (b"POST /early HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + CHUNKED, [b"5\r\nhello\r\n"] * 5),
        (b"POST /early HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n", [b"y" * 4_000] * 5),
        (b"POST /early HTTP/1.0\r\nContent-Length: 20000\r\n\r\n", [b"y" * 4_000] * 5),
    ],
    ids=["chunked", "chunked, close", "length, close", "HTTP/1.0"],
)
async def test_a_client_can_send_its_body_although_the_answer_came_first(
    echo: Echo, head: bytes, parts: Sequence[bytes]
) -> None:
    async with wired(echo) as wire:
        await wire.send(head)
        await asyncio.sleep(0.05)
        for part in parts:
            await wire.send(part)
            await asyncio.sleep(0.02)
        assert (await wire.answer())[0] == 200


async def test_a_connection_ends_when_a_client_may_or_may_not_send_its_body(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(EXPECTING)
        head = await wire.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in head
    async with wired(echo) as wire:
        await wire.send(EXPECTING.replace(b"/early", b"/echo"))
        assert await wire.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await wire.send(b"abc")
        assert (await wire.answer())[1]["body"] == "abc"
        await wire.send(NEXT)
        assert (await wire.answer())[1]["path"] == "/next"


async def test_an_abandoned_answer_stays_in_socket_buffers_alone(echo: Echo) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow.setblocking(False)
        await loop.sock_connect(slow, ("127.0.0.1", echo.port))
        await loop.sock_sendall(slow, b"GET /abandoned HTTP/1.1\r\nHost: a\r\n\r\n")
        taken = len(await loop.sock_recv(slow, 1_000))
        await asyncio.sleep(0.5)
        async with asyncio.timeout(20):
            while part := await loop.sock_recv(slow, 65_536):
                taken += len(part)
        assert taken < len(PART) * PARTS / 2


async def test_a_body_that_waits_behind_a_request_is_not_read_further(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(NEXT.replace(b"/next", b"/polling"))
        await wire.send(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % LENGTH)
        sent = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                while sent < LENGTH:
                    wire.writer.write(b"x" * 100_000)
                    await wire.writer.drain()
                    sent += 100_000
        assert sent < 20_000_000  # the size of both socket buffers
        echo.let_go()
        assert (await wire.answer())[1]["path"] == "/polling"
        assert (await wire.answer())[1]["path"] == "/early"


async def test_a_body_that_nobody_reads_is_not_kept(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(b"GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + NEXT)
        assert (await wire.answer())[1]["body"] == ""
        assert (await wire.answer())[1]["path"] == "/next"


@pytest.mark.parametrize("path", [b"/early", b"/echo"])
async def test_a_body_of_too_many_pieces_is_refused(echo: Echo, path: bytes) -> None:
    """A piece of one byte costs as much as one of a thousand. 40 MB of them delayed others by four seconds."""
    async with wired(echo) as wire:
        await wire.send(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\n" + CHUNKED)
        with suppress(ConnectionError):
            for _ in range(PIECES // 1_000 + 1):
                await wire.send(b"1\r\nx\r\n" * 1_000)
        assert (await wire.answer())[0] == (200 if path == b"/early" else 400)
        assert await wire.ended()
