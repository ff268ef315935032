"""The gateway's connections to a command service, with a server that says what a test wants."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.gateway import command_service
from services.gateway.command_service import Answer, AnswerLostError, CommandService, UnreachableError
from tests.support.clients.http import refusing_url, silent_url

SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OK = Answer(200, [(b"content-length", b"2")], b"ok")
LARGE = b"x" * 20_000_000
"""More than the buffers of a connection hold."""


@dataclass(slots=True)
class Script:
    """What the server sends, a part at a time, as the answer to each request, and what it has seen."""

    url: str = ""
    answers: Sequence[bytes] = (SHORT,)
    before: bytes = b""
    """What it sends when the connection is there."""
    closes: bool = False
    """Close the connection after an answer."""
    reads: bool = True
    """Read the request before the answer."""
    connections: int = 0
    left: int = 0
    """Number of connections that are closed, by whomever."""
    received: list[bytes] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    go_on: asyncio.Event | None = None
    """Wait for it between the parts of an answer."""

    async def answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        writer.write(self.before)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await self._request(reader)
                for number, part in enumerate(self.answers):
                    if number and self.go_on:
                        await self.go_on.wait()
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.closes:
                    writer.write_eof()
                    await reader.read()  # until the client has closed too
                    break
        writer.close()
        async with self.changed:
            self.left += 1
            self.changed.notify_all()

    async def _request(self, reader: StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.received.append(head + (await reader.readexactly(length) if self.reads else b""))

    async def all_left(self, count: int) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.left == count)


@asynccontextmanager
async def serving(path: str = "", limits: Mapping[str, float] | None = None, **script: Any) -> AsyncIterator[Any]:
    """Yield a server that follows a script, and its client."""
    served = Script(**script)
    async with await asyncio.start_server(served.answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        served.url = f"http://127.0.0.1:{port}{path}"
        client = reaching(served.url, **(limits or {}))
        try:
            yield served, client
        finally:
            client.close()


def reaching(url: str, connected: float = 2, answered: float = 10, idle: float = 10) -> CommandService:
    return CommandService(url, connected_within=connected, answered_within=answered, idle_seconds=idle)


async def patched(client: CommandService, body: bytes = b"{}") -> Answer:
    return await client.ask("PATCH", b"/tickets/1", [], body)


async def test_a_request_is_written_as_it_was_given() -> None:
    async with serving("/below/") as (server, client):
        await client.ask("POST", b"/a%zz?b=%2C", [(b"cookie", b"\xe9=1"), (b"cookie", b"b")], b"\x00body")
    host = server.url.removeprefix("http://").removesuffix("/below/").encode()
    assert server.received == [
        b"POST /below/a%%zz?b=%%2C HTTP/1.1\r\nHost: %b\r\ncookie: \xe9=1\r\ncookie: b\r\n"
        b"Content-Length: 5\r\n\r\n\x00body" % host
    ]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (SHORT, OK),
        (b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + SHORT, OK),
        (
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
            Answer(201, [(b"transfer-encoding", b"chunked")], b"abcde"),
        ),
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", Answer(403, [(b"content-length", b"0")], b"")),
        (b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", Answer(204, [(b"x-a", b"1")], b"")),
    ],
    ids=["length", "interim", "chunked", "empty", "204"],
)
@pytest.mark.parametrize("piece", [1, 7, 1_000])
async def test_an_answer_may_come_in_pieces(sent: bytes, answer: Answer, piece: int) -> None:
    parts = [sent[start : start + piece] for start in range(0, len(sent), piece)]
    async with serving(answers=parts) as (server, client):
        assert [await patched(client), await patched(client)] == [answer, answer]
        assert server.connections == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\nuntil the end",
    ],
)
async def test_an_answer_may_end_with_its_connection(sent: bytes) -> None:
    async with serving(answers=[sent], closes=True) as (server, client):
        for _ in range(2):
            answer = await patched(client)
            assert (answer.status, answer.body) == (200, b"until the end")
        assert server.connections == 2


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "ConnectionResetError"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "ConnectionResetError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "ConnectionResetError"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "ConnectionResetError"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "ConnectionResetError"),
        (b"SSH-2.0\r\n", "HttpParserError"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n", "HttpParserUpgrade"),
    ],
)
async def test_an_answer_that_is_none_is_lost_and_not_asked_for_again(sent: bytes, reason: str) -> None:
    async with serving(answers=[sent], closes=True) as (server, client):
        with pytest.raises(AnswerLostError, match=reason):
            await patched(client)
    assert len(server.received) == 1


async def test_a_slow_answer_is_lost_and_its_connection_is_not_used_again() -> None:
    late = asyncio.Event()
    async with serving(limits={"answered": 0.2}, answers=[SHORT[:9], SHORT[9:]], go_on=late) as (server, client):
        with pytest.raises(AnswerLostError, match="TimeoutError"):
            await patched(client)
        late.set()
        assert await patched(client) == OK
        assert server.connections == 2


async def test_a_cancelled_request_takes_its_connection_with_it() -> None:
    """The next request would read the answer to the cancelled one."""
    late = asyncio.Event()
    async with serving(answers=[SHORT[:9], SHORT[9:]], go_on=late) as (server, client):
        asking = asyncio.create_task(patched(client))
        while not server.received:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        late.set()
        assert await patched(client) == OK
        assert server.connections == 2


async def test_an_answer_that_is_too_long_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_service, "ANSWER_LIMIT", 1_000)
    async with serving(answers=[b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 1_000]) as (_, client):
        with pytest.raises(AnswerLostError, match="AnswerTooLong"):
            await patched(client)


async def test_requests_at_the_same_time_have_connections_of_their_own_that_are_used_again() -> None:
    async with serving() as (server, client):
        for _ in range(3):
            assert await asyncio.gather(*(patched(client) for _ in range(8))) == [OK] * 8
        assert server.connections == 8


async def test_idle_connections_are_closed_after_a_while() -> None:
    async with serving(limits={"idle": 0.2}) as (server, client):
        await asyncio.gather(patched(client), patched(client))
        await server.all_left(2)
        assert await patched(client) == OK
        assert server.connections == 3
        client.close()
        await server.all_left(3)


async def test_a_connection_whose_request_is_in_work_is_closed_later() -> None:
    go_on = asyncio.Event()
    async with serving(limits={"idle": 0.2}) as (server, client):
        assert await patched(client) == OK
        server.answers, server.go_on = (SHORT[:9], SHORT[9:]), go_on
        asking = asyncio.create_task(patched(client))
        async with asyncio.timeout(10):
            while len(server.received) < 2:
                await asyncio.sleep(0)
        client.close()
        go_on.set()
        assert await asking == OK
        await server.all_left(1)


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    async with serving(closes=True) as (server, client):
        for number in range(1, 4):
            assert await patched(client) == OK
            await server.all_left(number)


async def test_an_answer_without_a_length_is_not_given_again_when_the_connection_ends() -> None:
    async with serving(answers=[b"HTTP/1.1 204 No Content\r\n\r\n"]) as (server, client):
        assert (await patched(client)).status == 204
        server.answers, server.closes = (), True
        with pytest.raises(AnswerLostError, match="ConnectionResetError"):
            await patched(client)
        assert len(server.received) == 2
        assert server.connections == 1


@pytest.mark.parametrize("more", [b"HT", SHORT, b"\x00"])
@pytest.mark.parametrize("is_apart", [False, True])
async def test_more_than_was_asked_for_ends_the_connection(more: bytes, is_apart: bool) -> None:
    go_on = asyncio.Event()
    async with serving(answers=[SHORT, more] if is_apart else [SHORT + more], go_on=go_on) as (server, client):
        assert await patched(client) == OK
        go_on.set()
        await server.all_left(1)
        assert await patched(client) == OK
        assert server.connections == 2


async def test_an_answer_before_the_whole_request_is_sent_ends_the_connection() -> None:
    async with serving(answers=[SHORT], reads=False) as (server, client):
        assert await patched(client, LARGE) == OK
        server.reads = True
        assert await patched(client) == OK
        assert server.connections == 2


async def test_the_refusal_of_a_full_server_is_the_answer() -> None:
    """It comes before the request, after it, or with the end of the connection in the middle of both."""
    refusal = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfull"

    async def refuses(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(refusal)
        writer.close()

    async with await asyncio.start_server(refuses, "127.0.0.1", 0) as server:
        client = reaching(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        answers = await asyncio.gather(*(patched(client) for _ in range(50)))
    assert {(answer.status, answer.body) for answer in answers} == {(503, b"full")}


@pytest.mark.parametrize("away", [refusing_url, silent_url])
async def test_a_server_to_which_no_connection_can_be_made_is_unreachable(away: Callable[[], Any]) -> None:
    with away() as url:
        client = reaching(url, connected=0.3)
        with pytest.raises(UnreachableError, match=r"ConnectionRefusedError|TimeoutError"):
            await patched(client)


async def test_a_name_that_is_unknown_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as (server, _):
        lookups = resolving(monkeypatch, OSError("unknown"), [server.url])
        client = reaching("http://command:8001")
        with pytest.raises(UnreachableError):
            await patched(client)
        assert await asyncio.gather(*(patched(client) for _ in range(4))) == [OK] * 4
        assert len(lookups) == 2
        client.close()
    assert server.received[0].startswith(b"PATCH /tickets/1 HTTP/1.1\r\nHost: command:8001\r\n")


async def test_all_addresses_of_a_name_take_turns_and_a_silent_one_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as (one, _), serving() as (other, _):
        with silent_url() as silent:
            resolving(monkeypatch, [one.url, silent, other.url])
            client = reaching("http://command")
            assert await asyncio.gather(*(patched(client) for _ in range(6))) == [OK] * 6
            assert one.connections >= 2
            assert other.connections >= 2
            for _ in range(6):
                await patched(client)
            assert (len(one.received) + len(other.received), one.connections + other.connections) == (12, 6)
            assert len(one.received) == 2 * one.connections
            client.close()


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: OSError | list[str]) -> list[str]:
    """Let the look-up of a name find the addresses of these URLs, or fail. Return the names that were looked up."""
    lookups: list[str] = []

    async def found(name: str, _port: int, **_more: Any) -> list[Any]:
        answer = answers[min(len(lookups), len(answers) - 1)]
        lookups.append(name)
        await asyncio.sleep(0)
        if isinstance(answer, OSError):
            raise answer
        addresses = (url.removeprefix("http://").partition(":") for url in answer)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, int(port))) for host, _, port in addresses]

    lookup: Callable[..., Awaitable[list[Any]]] = found
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
    return lookups
