"""Forwarding commands through the gateway."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic

import pytest
from starlette.types import Message, Receive, Scope

from services.gateway.endpoints import commands as forward
from services.gateway.endpoints.commands import BUSY, CONNECTIONS, WAITED, WAITING, Forwarder
from shared.http import bodies
from shared.http.bodies import SlowBodyError
from shared.http.concurrency_limit import FullError
from shared.http.request_limits import BODY_LIMIT, BODY_SECONDS
from tests.integration.gateway.gateway_platform import CommandSide, Platform, gateway
from tests.support.clients.http import answering, free_port, refusing_url, request, silent_url
from tests.support.data.tickets import TRACEPARENT
from tests.support.processes.tasks import first_done

OPEN = "/api/vEvent/tickets"
TICKET = "/api/vEvent/tickets/17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2"


@pytest.fixture
def commands(platform: Platform) -> Iterator[CommandSide]:
    platform.commands.answers(200)
    yield platform.commands
    platform.commands.answers(200)


async def test_a_command_is_passed_on_and_its_answer_back(platform: Platform, commands: CommandSide) -> None:
    commands.answers(
        201, b'{"events":[]}', Content_Type="application/json", Ticket_Version="t:1", Retry_After="7", X_Inner="secret"
    )
    answer = await platform.ask(
        f"{OPEN}?a=%2C,%c3%A9+b",
        method="POST",
        data='{"é":1}'.encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "traceparent": TRACEPARENT, "X-Other": "1"},
    )
    (received,) = commands.received
    assert (received.method, received.target, received.body) == ("POST", f"{OPEN}?a=%2C,%c3%A9+b", '{"é":1}'.encode())
    assert received.headers["Cookie"] == platform.cookies["all"]
    assert received.headers["Content-Type"] == "application/json; charset=utf-8"
    assert received.headers["traceparent"] == TRACEPARENT
    assert "X-Other" not in received.headers
    assert (answer.status, answer.body) == (201, b'{"events":[]}')
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["Ticket-Version"], answer.headers["Retry-After"]) == ("t:1", "7")
    assert "X-Inner" not in answer.headers


async def test_the_path_arrives_as_it_was_sent(platform: Platform, commands: CommandSide) -> None:
    target = "/api/vEvent/tickets/%31%7aab%zz..%C3%A9;a=b"
    await platform.ask(target, method="PATCH", data=b"{}")
    assert [(received.method, received.target) for received in commands.received] == [("PATCH", target)]


async def test_a_body_without_a_type_stays_without(platform: Platform, commands: CommandSide) -> None:
    await platform.ask(TICKET, method="PATCH", data=b"{}", skip_auto_headers=["Content-Type"])
    (received,) = commands.received
    assert "Content-Type" not in received.headers


async def test_an_answer_without_a_body_stays_without(platform: Platform, commands: CommandSide) -> None:
    commands.answers(403, Ticketstream_Reason="scope")
    answer = await platform.ask(TICKET, method="PATCH", data=b"{}")
    assert (answer.status, answer.body, answer.headers["Ticketstream-Reason"]) == (403, b"", "scope")
    assert "Content-Length" in answer.headers


async def test_a_body_that_is_too_long_is_forwarded_up_to_one_extra_byte(
    platform: Platform, commands: CommandSide
) -> None:
    commands.answers(413, b"{}")
    answer = await platform.ask(TICKET, method="PATCH", data=b"x" * (BODY_LIMIT + 50_000))
    assert answer.status == 413
    assert [len(received.body) for received in commands.received] == [BODY_LIMIT + 1]


async def test_services_take_turns_and_an_unreachable_one_is_skipped(platform: Platform, commands: CommandSide) -> None:
    for _ in range(6):
        assert (await platform.ask(TICKET, method="PATCH", data=b"{}")).status == 200
    turns = [received.service for received in commands.received]
    assert len(turns) == 6
    assert turns.count("one") >= 2
    assert turns.count("two") >= 2


async def test_a_command_that_may_have_been_received_is_not_sent_again(
    platform: Platform, commands: CommandSide
) -> None:
    commands.silent = True
    answer = await platform.ask(TICKET, method="PATCH", data=b"{}")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert "processUid counts once" in json.loads(answer.body)["message"]
    assert len(commands.received) == 1


async def test_without_any_service_the_answer_is_503_with_retry_after() -> None:
    with refusing_url() as one, refusing_url() as other:
        async with Forwarder([one, f"{other}/"]) as forwarder:
            answer = await forwarder.forward(*_patch())
    assert answer.status == 503
    assert (b"retry-after", b"1") in answer.headers
    assert json.loads(answer.body)["message"] == "No command service can be reached; send the command again."


async def test_a_service_that_does_not_answer_in_time_is_given_up(
    engines: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "ANSWERED_WITHIN", 0.3)
    stuck = CommandSide(stuck=True)
    async with stuck.service("stuck"), Forwarder(stuck.urls) as forwarder:
        answer = await forwarder.forward(*_patch())
    assert answer.status == 503
    assert len(stuck.received) == 1


async def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing_more() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("the wait has no end")

    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    with refusing_url() as away:
        async with Forwarder([away]) as forwarder:
            with pytest.raises(SlowBodyError):
                await forwarder.forward(*_patch(nothing_more))


async def test_with_one_of_two_services_away_every_command_is_accepted() -> None:
    alive = CommandSide()
    with refusing_url() as away:
        async with alive.service("alive"), Forwarder([away, *alive.urls]) as forwarder:
            for _ in range(5):
                answers = await asyncio.gather(*(forwarder.forward(*_patch()) for _ in range(16)))
                assert [answer.status for answer in answers] == [200] * 16
    assert len(alive.received) == 5 * 16


async def test_a_silent_service_delays_one_command_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forward, "CONNECTED_WITHIN", 2.0)
    alive = CommandSide()
    with silent_url() as silent:
        async with alive.service("alive"), Forwarder([silent, *alive.urls]) as forwarder:
            assert (await forwarder.forward(*_patch())).status == 200
            began = monotonic()
            for _ in range(10):
                assert (await forwarder.forward(*_patch())).status == 200
            assert monotonic() - began < 2
            monkeypatch.setattr(forward, "monotonic", lambda: began + 60)
            again = [asyncio.create_task(forwarder.forward(*_patch())) for _ in range(10)]
            done, held_up = await first_done(again, 9)
            assert (len(done), len(held_up)) == (9, 1)
            assert [(await task).status for task in again] == [200] * 10


async def test_commands_without_a_connection_are_refused_and_never_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two have a connection, three wait for one, four are refused. Commands that waited in vain are never sent."""
    for name, value in (("CONNECTIONS", 2), ("WAITING", 3), ("WAITED", 1.5), ("ANSWERED_WITHIN", 4)):
        monkeypatch.setattr(forward, name, value)
    stuck = CommandSide(stuck=True)
    async with stuck.service("stuck"), Forwarder(stuck.urls) as forwarder:
        sent = [asyncio.create_task(forwarder.forward(*_patch())) for _ in range(9)]
        at_once, others = await first_done(sent, 4)
        assert (len(at_once), len(others)) == (4, 5)
        later, with_service = await first_done(others, 3)
        assert (len(later), len(with_service)) == (3, 2)
        for task in (*at_once, *later):
            with pytest.raises(FullError, match="Too many commands wait"):
                task.result()
        await asyncio.gather(*with_service)
    assert len(stuck.received) == 2


async def test_a_port_has_connections_left_when_too_many_commands_wait(platform: Platform, tmp_path: Path) -> None:
    """Excess commands are refused at once, and other requests are answered meanwhile."""
    commands = CommandSide(stuck=True)
    port, log = free_port(), tmp_path / "log"
    url, cookie = f"http://127.0.0.1:{port}", platform.cookies["all"].split(";")[0]
    head = f"PATCH {TICKET} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 2\r\n\r\n{{}}"
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(commands.service("stuck"))
        process = await closing.enter_async_context(gateway(platform.settings, "crowded", port, commands.urls, log))
        await answering(url, process, log)

        async def sent(number: int) -> StreamReader:
            source = (f"127.0.0.{2 + number % 8}", 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
            closing.callback(_cut, writer)
            writer.write(head.encode())
            return reader

        for number in range(CONNECTIONS + WAITING):
            await sent(number)
        async with asyncio.timeout(WAITED / 2):
            for number in range(50):
                answer = await (await sent(number)).readuntil(b"}")
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert BUSY.encode() in answer
            assert (await request("GET", f"{url}/api/v1/tickets", headers={"Cookie": cookie})).status == 200


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_without_a_cookie_not_even_a_small_body_is_waited_for(
    platform: Platform, commands: CommandSide, method: str
) -> None:
    answer = await platform.ask(OPEN if method == "POST" else TICKET, None, method, data=b"{}")
    assert (answer.status, answer.body) == (401, b"")
    assert commands.received == []


@pytest.mark.parametrize("cookie", [None, "a=b", "PI_SESSION=of-nobody"])
@pytest.mark.parametrize(("method", "path"), [("POST", OPEN), ("PATCH", TICKET)])
async def test_without_a_session_a_body_is_not_waited_for(
    platform: Platform, commands: CommandSide, cookie: str | None, method: str, path: str
) -> None:
    """The connection can be used again after the body."""
    sent = f"{method} {path} HTTP/1.1\r\nHost: x\r\n" + (f"Cookie: {cookie}\r\n" if cookie else "")
    host, _, port = platform.url.removeprefix("http://").partition(":")
    for announced, body in (
        (f"Content-Length: {BODY_LIMIT + 1}", b"x" * (BODY_LIMIT + 1)),
        ("Transfer-Encoding: chunked", b"1\r\nx\r\n0\r\n\r\n"),
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        async with asyncio.timeout(BODY_SECONDS - 1):  # the gateway would wait that long for a body
            writer.write(f"{sent}{announced}\r\n\r\n".encode())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 401 ")
            writer.write(body + b"GET /api/v1/tickets HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 401 ")
        writer.close()
    assert commands.received == []


def _cut(writer: StreamWriter) -> None:
    writer.transport.abort()


async def _body() -> Message:
    return {"type": "http.request", "body": b"{}", "more_body": False}


def _patch(receive: Receive = _body) -> tuple[Scope, Receive]:
    scope = {"type": "http", "method": "PATCH", "raw_path": TICKET.encode(), "query_string": b"", "headers": []}
    return scope, receive
