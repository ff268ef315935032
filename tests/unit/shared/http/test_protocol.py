"""Requests over a socket: large heads, upgrades, trailers, pipelines."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.http.protocol import DISCARDED, PIPELINED
from shared.http.request_limits import FIELDS_LIMIT, HEAD_LIMIT, QUERY_LIMIT, TARGET_LIMIT
from tests.support.clients.echo import Echo, byte_by_byte, echoing, wired

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
NEXT = b"PUT /next HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with echoing() as served:
        yield served


async def refused(echo: Echo, *parts: bytes) -> tuple[int, str]:
    """Send `parts` until the server stops reading. Return status and error type of the refusal, the only answer."""
    async with wired(echo) as wire:
        await wire.send(*parts)
        status, body = await wire.answer()
        assert set(body) == {"errorType", "message"}
        assert await wire.ended()
    return status, body["errorType"]


def fields(count: int) -> bytes:
    return b"a:\r\n" * count


def value(length: int) -> bytes:
    """Return a field of `length` bytes. White space does not count."""
    return b"a:" + b"v" * (length - 4) + b"\r\n"


async def test_a_head_at_the_limits_is_accepted(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(GET + fields(FIELDS_LIMIT - 1) + b"\r\n")
        assert len((await wire.answer())[1]["fields"]) == FIELDS_LIMIT
        await wire.send(GET + value(HEAD_LIMIT - len(b"host:a\r\n")) + b"\r\n")
        assert (await wire.answer())[0] == 200
        head = GET + value(HEAD_LIMIT - len(b"host:a\r\n")) + b"\r\n"
        await wire.send(*(head[at : at + 997] for at in range(0, len(head), 997)))
        assert (await wire.answer())[0] == 200


LARGE = {
    "one field too many": [GET + fields(FIELDS_LIMIT) + b"\r\n"],
    "one byte too many": [GET + value(HEAD_LIMIT - len(b"host:a\r\n") + 1) + b"\r\n"],
    "the same after a small part": [GET, value(HEAD_LIMIT - len(b"host:a\r\n") + 1) + b"\r\n"],
    "fields without an end": [GET, fields(50_000)],
    "fields, a few at a time": [GET, *[fields(40)] * 3],
    "a value without an end": [GET + b"a: ", *[b"v" * 20_000] * 10],
    "a name without an end": [GET, *[b"n" * 20_000] * 10],
    "white space without an end": [GET + b"a:", *[b" " * 20_000] * 10],
    "a field too many in trailers": [CHUNKED + b"1\r\nx\r\n0\r\n" + fields(FIELDS_LIMIT) + b"\r\n"],
    "trailers without an end": [CHUNKED + b"0\r\n", fields(50_000)],
    "a trailer without an end": [CHUNKED + b"0\r\na: ", *[b"v" * 20_000] * 10],
    "an extension without an end": [CHUNKED + b"1;a=", *[b"v" * 20_000] * 10],
}


@pytest.mark.parametrize("parts", LARGE.values(), ids=LARGE)
async def test_a_head_beyond_the_limits_is_refused(echo: Echo, parts: Sequence[bytes]) -> None:
    assert await refused(echo, *parts) == (431, "TooLarge")


async def test_a_request_whose_trailers_are_refused_is_not_carried_out(echo: Echo) -> None:
    assert await refused(echo, CHUNKED + b"1\r\nx\r\n0\r\n", fields(200)) == (431, "TooLarge")
    async with asyncio.timeout(5):
        while not echo.broken_off:
            await asyncio.sleep(0.01)


async def test_a_trailer_is_not_a_header(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(CHUNKED + b"1\r\nx\r\n0\r\nCookie: a\r\n\r\n")
        status, body = await wire.answer()
    assert (status, body["fields"], body["body"]) == (200, ["transfer-encoding"], "x")


async def test_a_query_of_64_kib_passes_and_a_target_without_an_end_does_not(echo: Echo) -> None:
    async with wired(echo) as wire:
        for length in (65_000, 65_535, QUERY_LIMIT):
            await wire.send(b"GET /a%20b?" + b"q" * length + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            status, body = await wire.answer()
            assert (status, body["path"], body["query"]) == (200, "/a b", length)
    long = b"POST /?" + b"q" * (QUERY_LIMIT + 1) + b" HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    assert await refused(echo, long) == (400, "BadRequest")
    assert await refused(echo, b"GET /" + b"p" * TARGET_LIMIT + b" HTTP/1.1\r\n\r\n") == (400, "BadRequest")
    assert await refused(echo, b"GET /", *[b"p" * 20_000] * 6) == (400, "BadRequest")


UPGRADING = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\nUpgrade: h2c\r\n"
BODY = b'{"login":"a b","password":"c"}'
UPGRADES = {
    "length": b"Content-Length: 30\r\n\r\n" + BODY,
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n7\r\n" + BODY[:7] + b"\r\n17\r\n" + BODY[7:] + b"\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("rest", UPGRADES.values(), ids=UPGRADES)
@pytest.mark.parametrize("cut", ["once", "at the body", "everywhere"])
async def test_an_upgrade_is_ignored_and_the_body_is_complete(echo: Echo, rest: bytes, cut: str) -> None:
    sent = b"POST /login?a=b HTTP/1.1\r\n" + UPGRADING + b"Host: a\r\n" + rest
    middle = sent.index(b"\r\n\r\n") + 4
    parts = {"once": [sent], "at the body": [sent[:middle], sent[middle:]], "everywhere": [*byte_by_byte(sent)]}[cut]
    async with wired(echo) as wire:
        for _ in range(2):
            await wire.send(*parts)
            status, body = await wire.answer()
            assert (status, body["method"], body["path"], body["query"]) == (200, "POST", "/login", 3)
            assert body["body"].encode() == BODY
            assert body["fields"][:3] == ["connection", "http2-settings", "host"]
        await wire.send(NEXT)
        assert (await wire.answer())[1]["body"] == "abc"


@pytest.mark.parametrize("rest", UPGRADES.values(), ids=UPGRADES)
async def test_requests_behind_an_upgrade_are_read(echo: Echo, rest: bytes) -> None:
    upgrade = b"POST /login HTTP/1.1\r\n" + UPGRADING + rest
    for sent in ([upgrade + NEXT + upgrade + NEXT], [*byte_by_byte(upgrade + NEXT + upgrade + NEXT)]):
        async with wired(echo) as wire:
            await wire.send(*sent)
            answers = [await wire.answer() for _ in range(4)]
        assert [body["body"] for _, body in answers] == [BODY.decode(), "abc"] * 2


async def test_any_upgrade_is_ignored_and_connect_is_refused(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert (await wire.answer())[0] == 200
        await wire.send(b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert (await wire.answer())[0] == 200
        assert await wire.ended()
    assert await refused(echo, b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == (400, "BadRequest")
    assert await refused(echo, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == (400, "BadRequest")


async def test_an_upgrade_beyond_the_limits_is_refused(echo: Echo) -> None:
    head = b"POST / HTTP/1.1\r\n" + UPGRADING
    assert await refused(echo, head + fields(FIELDS_LIMIT) + b"\r\n") == (431, "TooLarge")
    assert await refused(echo, head + value(HEAD_LIMIT) + b"\r\n") == (431, "TooLarge")


async def test_an_unreadable_request_does_not_disturb_earlier_answers(echo: Echo) -> None:
    held = b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n"
    for broken in (b"\x00\r\n\r\n", GET + fields(FIELDS_LIMIT) + b"\r\n", CHUNKED + b"no size\r\n"):
        echo.hold()
        async with wired(echo) as wire:
            await wire.send(held + NEXT + broken)
            echo.let_go()
            assert [(await wire.answer())[1]["path"] for _ in range(2)] == ["/held", "/next"]
            assert await wire.ended()


async def test_requests_that_wait_behind_another_are_limited(echo: Echo) -> None:
    async with wired(echo) as wire:
        await wire.send(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n" + NEXT * 10_000)
        echo.let_go()
        assert (await wire.answer())[1]["path"] == "/held"
        for _ in range(PIPELINED):
            assert (await wire.answer())[1]["body"] == "abc"
        assert await wire.ended()


async def test_an_unused_body_is_read_up_to_a_limit(echo: Echo) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
    async with wired(echo) as wire:
        await wire.send(early % DISCARDED, b"x" * DISCARDED)
        assert (await wire.answer())[1]["path"] == "/early"
        await wire.send(NEXT)
        assert (await wire.answer())[1]["body"] == "abc"
    async with wired(echo) as wire:
        await wire.send(early % 10**12)
        assert (await wire.answer())[1]["path"] == "/early"
        wire.writer.write(b"x" * 8 * DISCARDED)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.writer.drain(), 2)
