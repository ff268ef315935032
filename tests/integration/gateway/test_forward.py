"""Commands on their way through the gateway."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from services.gateway import forward
from services.gateway.forward import Forwarder
from shared import web
from shared.web import BODY_LIMIT
from tests.integration.gateway.running import CommandSide, Platform
from tests.support.http import refusing_url
from tests.support.tickets import TRACEPARENT

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
    await platform.ask(TICKET, None, "PATCH", data=b"{}", skip_auto_headers=["Content-Type"])
    (received,) = commands.received
    assert "Content-Type" not in received.headers
    assert "Cookie" not in received.headers


async def test_an_answer_without_a_body_stays_without(platform: Platform, commands: CommandSide) -> None:
    commands.answers(401)
    answer = await platform.ask(TICKET, None, "PATCH", data=b"{}")
    assert (answer.status, answer.body) == (401, b"")
    assert "Content-Length" in answer.headers


async def test_of_a_body_that_is_too_long_one_byte_too_many_is_passed_on(
    platform: Platform, commands: CommandSide
) -> None:
    commands.answers(413, b"{}")
    answer = await platform.ask(TICKET, method="PATCH", data=b"x" * (BODY_LIMIT + 50_000))
    assert answer.status == 413
    assert [len(received.body) for received in commands.received] == [BODY_LIMIT + 1]


async def test_services_take_turns_and_one_that_is_away_is_passed_over(
    platform: Platform, commands: CommandSide
) -> None:
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


async def test_without_any_service_the_client_is_asked_to_come_back() -> None:
    with refusing_url() as one, refusing_url() as other:
        async with Forwarder([one, f"{other}/"]) as forwarder:
            answer = await forwarder.forward(_patch())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert json.loads(bytes(answer.body))["message"] == "No command service can be reached; send the command again."


async def test_a_service_that_does_not_answer_in_time_is_given_up(
    engines: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "ANSWERED_WITHIN", 0.3)
    stuck = CommandSide(stuck=True)
    async with stuck.service("stuck"), Forwarder(stuck.urls) as forwarder:
        answer = await forwarder.forward(_patch())
    assert answer.status_code == 503
    assert len(stuck.received) == 1


async def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing_more() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("the wait has no end")

    monkeypatch.setattr(web, "BODY_SECONDS", 0.2)
    with refusing_url() as away:
        async with Forwarder([away]) as forwarder:
            with pytest.raises(HTTPException) as refusal:
                await forwarder.forward(_patch(nothing_more))
    assert refusal.value.status_code == 408


async def _body() -> Message:
    return {"type": "http.request", "body": b"{}", "more_body": False}


def _patch(receive: Receive = _body) -> Request:
    scope = {"type": "http", "method": "PATCH", "raw_path": TICKET.encode(), "query_string": b"", "headers": []}
    return Request(scope, receive)
