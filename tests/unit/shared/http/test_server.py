"""Clients that are silent, slow, too many, or do not read: on real sockets, with limits of a second or two."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from time import perf_counter

import pytest

from shared.http.connections import ConnectionLimits
from tests.support.clients.echo import PARTS, Echo, Wire, byte_by_byte, echoing, wired
from tests.support.expected.views import until
from tests.support.processes.certificates import self_signed

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST /early HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


async def seconds_until_ended(wire: Wire) -> float:
    began = perf_counter()
    assert await wire.ended()
    return perf_counter() - began


async def is_cut(wire: Wire, sent: bytes) -> bool:
    """Send a byte now and then. Return whether the server ended the connection meanwhile."""
    try:
        for byte in byte_by_byte(sent):
            await wire.send(byte)
            await asyncio.sleep(0.1)
    except ConnectionError:
        return True
    return False


BEGUN = {
    "empty lines": (b"", b"\r\n" * 100),
    "a head that does not end": (b"", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 50),
    "another head that does not end": (GET + b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 50),
    "another one after an answer": (GET, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 50),
    "a body that goes on after its answer": (CHUNKED, b"1\r\nx\r\n" * 50),
    "what is refused": (b"\x00\r\n\r\n", b"x" * 200),
}


@pytest.mark.parametrize(("at_once", "slowly"), BEGUN.values(), ids=BEGUN)
async def test_a_request_that_is_not_completed_ends_its_connection(at_once: bytes, slowly: bytes) -> None:
    async with echoing(ConnectionLimits(begun_seconds=1, rest_seconds=1, idle_seconds=60)) as echo, wired(echo) as wire:
        if at_once:
            await wire.send(at_once)
            await wire.answer()
        began = perf_counter()
        assert await is_cut(wire, slowly)
        assert 0.5 < perf_counter() - began < 10


async def test_a_silent_connection_is_closed() -> None:
    async with echoing(ConnectionLimits(begun_seconds=1, rest_seconds=1, idle_seconds=60)) as echo, wired(echo) as wire:
        assert 0.5 < await seconds_until_ended(wire) < 10


async def test_an_idle_connection_is_closed_later() -> None:
    async with echoing(ConnectionLimits(begun_seconds=0.5, idle_seconds=2)) as echo, wired(echo) as wire:
        for pause in (0, 1, 1, 1):
            await asyncio.sleep(pause)
            await wire.send(GET)
            assert (await wire.answer())[0] == 200
        assert 1.5 < await seconds_until_ended(wire) < 10


async def test_a_request_in_work_has_its_time() -> None:
    async with echoing(ConnectionLimits(begun_seconds=0.5, idle_seconds=0.5)) as echo, wired(echo) as wire:
        await wire.send(HELD)
        await asyncio.sleep(1.5)
        echo.let_go()
        assert (await wire.answer())[1]["path"] == "/held"


@asynccontextmanager
async def silent(echo: Echo, count: int) -> AsyncIterator[list[Wire]]:
    async with AsyncExitStack() as closing:
        yield [await closing.enter_async_context(wired(echo)) for _ in range(count)]


async def test_a_thousand_silent_connections_block_nobody() -> None:
    async with echoing() as echo, silent(echo, 1_100) as wires:
        began = perf_counter()
        async with wired(echo) as wire:
            for _ in range(100):
                await wire.send(GET)
                assert (await wire.answer())[0] == 200
        assert perf_counter() - began < 5
        assert await wires[0].ended()


async def connected_from(echo: Echo, closing: AsyncExitStack, address: str, *sent: bytes) -> Wire:
    """Connect from a loopback address and send the parts. On return, the request that they start is in work."""
    started = echo.started
    wire = await closing.enter_async_context(wired(echo, local_addr=(address, 0)))
    await wire.send(*sent)

    async def is_in_work() -> bool:
        return echo.started > started

    if b"\r\n\r\n" in b"".join(sent):
        await until(is_in_work)
    return wire


async def test_an_address_with_many_connections_blocks_no_other() -> None:
    """Requests in work are ended too, so that slow bodies cannot use all connections."""
    async with echoing(ConnectionLimits(connections=4)) as echo, AsyncExitStack() as closing:
        connected = partial(connected_from, echo, closing)
        of_many = [await connected("127.0.0.1", HELD) for _ in range(4)]
        one = await connected("127.0.0.2", HELD)
        assert await of_many[0].ended()
        another = await connected("127.0.0.3", HELD)
        assert await of_many[1].ended()
        refused = await connected("127.0.0.3")
        assert (await refused.answer())[0] == 503
        echo.let_go()
        for wire in (*of_many[2:], one, another):
            assert (await wire.answer())[0] == 200


async def test_an_address_with_many_requests_in_work_ends_no_other_connection() -> None:
    async with echoing(ConnectionLimits(connections=4)) as echo, AsyncExitStack() as closing:
        connected = partial(connected_from, echo, closing)
        for _ in range(3):
            await connected("127.0.0.1", HELD)
        another = await connected("127.0.0.2", b"GET /")
        assert (await (await connected("127.0.0.1")).answer())[0] == 503
        await another.send(b"echo HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await another.answer())[0] == 200
        echo.let_go()


async def test_addresses_with_unfinished_bodies_block_no_other() -> None:
    async with echoing(ConnectionLimits(connections=4)) as echo, AsyncExitStack() as closing:
        slow = []
        for number in range(8):
            begun = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"
            slow.append(await connected_from(echo, closing, f"127.0.1.{number + 1}", begun))
        for wire in slow[:4]:
            assert await wire.ended()
        for wire in slow[5:]:
            await wire.send(b"123456789")
        for wire in slow[5:]:
            assert (await wire.answer())[1]["body"] == "123456789"


async def test_a_waiting_connection_of_the_largest_address_ends_first() -> None:
    async with echoing(ConnectionLimits(connections=4)) as echo, AsyncExitStack() as closing:
        connected = partial(connected_from, echo, closing)
        slow = await connected("127.0.0.2", b"GET /")
        silent = [await connected("127.0.0.1") for _ in range(6)]
        for wire in silent[:3]:
            assert await wire.ended()
        await slow.send(b"echo HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await slow.answer())[0] == 200


async def test_waiting_connections_end_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    async with echoing(ConnectionLimits(connections=4)) as echo, AsyncExitStack() as closing:

        async def connected(*sent: bytes) -> Wire:
            wire = await connected_from(echo, closing, "127.0.0.1", *sent)
            if sent == (GET,):
                await wire.answer()
            return wire

        idle, first, busy, second = [await connected(*sent) for sent in ((GET,), (), (HELD,), (b"GET /",))]
        third = await connected(HELD)
        assert await first.ended()
        fourth = await connected(HELD)
        assert await second.ended()
        fifth = await connected(HELD)
        assert await idle.ended()
        sixth = await connected()
        status, body = await sixth.answer()
        assert (status, body["errorType"]) == (503, "Unavailable")
        assert await sixth.ended()
        echo.let_go()
        for wire in (busy, third, fourth, fifth):
            assert (await wire.answer())[0] == 200
        again = await connected(GET)
        await again.send(GET)
        assert (await again.answer())[0] == 200
    assert "connections_full" in capsys.readouterr().out


async def until_ended(echo: Echo) -> None:
    async with asyncio.timeout(30):
        while not echo.large_ended:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def asking_for_much(echo: Echo) -> AsyncIterator[socket.socket]:
    """Yield a socket with a small receive buffer, on which a large answer arrives."""
    loop = asyncio.get_running_loop()
    with socket.socket() as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        end.setblocking(False)
        await loop.sock_connect(end, ("127.0.0.1", echo.port))
        await loop.sock_sendall(end, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        yield end


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the platform cannot tell what a client took")
async def test_a_client_that_does_not_read_is_cut() -> None:
    async with echoing(ConnectionLimits(unread_seconds=2)) as echo, asking_for_much(echo):
        await until_ended(echo)


async def test_a_client_that_reads_slowly_is_not_cut() -> None:
    loop = asyncio.get_running_loop()
    async with echoing(ConnectionLimits(unread_seconds=2)) as echo, asking_for_much(echo) as end:
        for _ in range(10):
            await asyncio.sleep(0.5)
            assert await loop.sock_recv(end, 65_536)
        assert echo.parts_sent < PARTS
        while echo.parts_sent < PARTS:
            assert await loop.sock_recv(end, 1_000_000)


async def test_a_server_ends_with_a_client_that_does_not_read() -> None:
    async with AsyncExitStack() as closing:
        async with echoing() as echo:
            await closing.enter_async_context(asking_for_much(echo))
            await asyncio.sleep(0.5)
            began = perf_counter()
        assert perf_counter() - began < 15
        assert echo.large_ended


async def test_tls_has_time_limits_from_the_connection_on(tmp_path: Path) -> None:
    certificate, key = await self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    limits = ConnectionLimits(begun_seconds=1, idle_seconds=3, connections=20)
    async with echoing(limits, (certificate, key)) as echo:
        async with wired(echo, ssl=trusting) as wire:
            await wire.send(GET)
            assert (await wire.answer())[0] == 200
            assert 2 < await seconds_until_ended(wire) < 15
        async with wired(echo) as wire:
            assert 0.5 < await seconds_until_ended(wire) < 10
        async with wired(echo) as wire:
            await wire.send(GET)  # no TLS
            await wire.reader.read()
        async with wired(echo, ssl=trusting) as wire:
            assert 0.5 < await seconds_until_ended(wire) < 10
        async with silent(echo, 30), wired(echo, ssl=trusting) as wire:
            await wire.send(GET)
            assert (await wire.answer())[0] == 200
            await wire.send(b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 200 + b"\r\n")
            assert (await wire.answer())[0] == 431
