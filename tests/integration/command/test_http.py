"""Answers of the command service: statuses, headers, bodies (contract `http.yaml`; numbers of docs/contract.md)."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from services.command.endpoints import TICKETS_BY_PROCESS
from shared.http.request_limits import BODY_LIMIT
from tests.contract.shapes import table
from tests.integration.command.command_platform import OPEN, Services, bodies, error_of, fresh, user_uid, written
from tests.support.clients.http import Answer
from tests.support.engines.topic import ids, until_relayed
from tests.support.expected.views import until
from tests.support.processes.logs import events_in

ENDPOINTS = table("http")["endpoints"]
TICKET = "17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2"


def only_event(answer: Answer) -> bytes:
    """Return the bytes of the single event in the answer to an accepted command."""
    start, end = b'{"events":[', b"]}"
    assert answer.body.startswith(start)
    assert answer.body.endswith(end)
    assert len(json.loads(answer.body)["events"]) == 1
    return answer.body[len(start) : -len(end)]


def test_the_statuses_asserted_here_are_those_of_the_table() -> None:
    assert set(ENDPOINTS["openTicket"]["responses"]) == {"201", "400", "401", "403"}
    assert set(ENDPOINTS["incrementTicket"]["responses"]) == {"200", "400", "401", "403"}


async def test_an_accepted_command_answers_its_event_as_it_is_stored(commands: Services) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    opening = await commands.send(written("OpenTicket"))
    assert opening.status == 201
    event = json.loads(only_event(opening))
    ticket = event["aggregateUid"]
    assert opening.headers["Ticket-Version"] == f"{ticket}:1"
    increment = await commands.send(written("AddMessage", message="Après-midi ☎ \u0000"), ticket)
    assert increment.status == 200
    assert increment.headers["Ticket-Version"] == f"{ticket}:2"
    assert opening.headers["Content-Type"] == increment.headers["Content-Type"] == "application/json"
    assert await bodies(commands.db, ticket) == [only_event(opening), only_event(increment)]
    assert before <= datetime.fromisoformat(event["sentDate"]) <= datetime.now(UTC)


async def test_a_ticket_gets_the_uid_that_is_wanted_in_lower_case(commands: Services) -> None:
    wanted = fresh()
    answer = await commands.send(written("OpenTicket", aggregateUid=wanted.upper()))
    assert answer.headers["Ticket-Version"] == f"{wanted}:1"
    found = await commands.send(written("AddMessage"), wanted.upper())
    assert (found.status, found.headers["Ticket-Version"]) == (200, f"{wanted}:2")


async def test_without_a_requested_uid_the_ticket_uid_is_made_from_the_process_uid(commands: Services) -> None:
    process = fresh()
    ticket = str(uuid.uuid5(TICKETS_BY_PROCESS, process))
    answer = await commands.send(written("OpenTicket", processUid=process.upper()))
    assert answer.headers["Ticket-Version"] == f"{ticket}:1"
    again = await commands.send(written("OpenTicket", processUid=process), to=1)
    assert (again.status, error_of(again)) == (400, "CommandAlreadySent")
    elsewhere = await commands.send(written("OpenTicket", processUid=process, aggregateUid=fresh()))
    assert elsewhere.status == 201


async def test_a_missing_operator_is_the_user_of_the_session(commands: Services) -> None:
    ticket = await commands.opened()
    answer = await commands.send(written("AddMessage", operator=None), ticket, "north")
    assert json.loads(only_event(answer))["operator"] == {
        "userUid": user_uid("north"),
        "operatorType": "ReferencedUser",
    }
    named = {"userUid": fresh(), "operatorType": "ReferencedUser"}
    answer = await commands.send(written("AddMessage", operator=named), ticket, "north")
    assert json.loads(only_event(answer))["operator"] == named


async def test_the_sender_is_stored_and_logged_even_if_the_command_names_another_operator(commands: Services) -> None:
    ticket = await commands.opened()
    named = {"userUid": user_uid("south"), "operatorType": "ReferencedUser"}
    answer = await commands.send(written("AddMessage", operator=named), ticket, "north")
    event = answer.headers["Ticket-Version"]
    kept = await commands.db.events.find_one({"_id": event})
    assert kept
    assert kept["user"] == user_uid("north")
    assert bytes(kept["body"]) == only_event(answer)
    assert user_uid("north") not in answer.body.decode()

    async def logged() -> bool:
        lines = events_in(commands.logs[0].read_text())
        appended = [line for line in lines if line["event"] == "events_appended" and event in line["events"]]
        return [dict(zip(line["events"], line["users"], strict=True))[event] for line in appended] == [kept["user"]]

    await until(logged)
    records = await until_relayed(commands.settings, {event})
    assert {dict(each.headers)["ce_user"].decode() for each in records if ids([each]) == [event]} == {kept["user"]}


async def test_a_refused_user_is_logged_by_uid(commands: Services) -> None:
    ticket = await commands.opened()
    assert (await commands.send(written("AddMessage"), ticket, "south")).status == 403
    assert (await commands.send(written("AddMessage"), fresh(), "north")).status == 400

    async def logged() -> bool:
        lines = events_in(commands.logs[0].read_text())
        logged = {(line["event"], line.get("user")) for line in lines}
        return {("command_forbidden", user_uid("south")), ("command_refused", user_uid("north"))} <= logged

    await until(logged)


@pytest.mark.parametrize("cookie", [None, "", "PI_SESSION=", "PI_SESSION=stolen", "OTHER=1", "PI_SESSION=\xff\x80"])
@pytest.mark.parametrize(
    ("method", "path", "content_type", "body"),
    [
        ("POST", OPEN, "application/json", b""),
        ("POST", OPEN, "text/plain", b"\xff" * 1_000),
        ("PATCH", f"{OPEN}/{TICKET}", "application/json", b"{}"),
        ("PATCH", f"{OPEN}/no-uid", "application/json", b" " * (BODY_LIMIT + 1)),
    ],
)
async def test_without_a_session_the_answer_is_always_401(
    commands: Services, *, cookie: str | None, method: str, path: str, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type} | ({} if cookie is None else {"Cookie": cookie})
    answer = await commands.ask(method, path, None, headers=headers, data=body)
    assert (answer.status, answer.body) == (401, b"")
    assert "Content-Type" not in answer.headers


async def test_a_session_is_found_among_other_cookies(commands: Services) -> None:
    ticket = await commands.opened()
    cookie = f"a=b; Path=/; {commands.cookies['all']}; Domain=example.org; HTTPOnly"
    answer = await commands.ask(
        "PATCH",
        f"{OPEN}/{ticket}",
        None,
        headers={"Cookie": cookie},
        data=json.dumps(written("AddMessage")),
    )
    assert answer.status == 200


async def test_a_forbidden_user_gets_403_without_a_body(commands: Services) -> None:
    ticket = await commands.opened()
    for login, reason in (("reader", "role"), ("south", "scope")):
        answer = await commands.send(written("AddMessage"), ticket, login)
        assert (answer.status, answer.body) == (403, b"")
        assert "Content-Type" not in answer.headers
        assert answer.headers["Ticketstream-Reason"] == reason


async def test_every_mistake_is_told_at_once(commands: Services) -> None:
    sent = json.dumps({"commandType": "AddMessage", "message": 3})
    answer = await commands.ask("PATCH", f"{OPEN}/no-uid", data=sent)
    assert (answer.status, error_of(answer)) == (400, "TicketGenericError")
    assert json.loads(answer.body)["message"] == (
        "the ticket uid of the path must be a uid (hexadecimal digits, 8-4-4-4-12); processUid is missing; "
        "message must be a string; messageAddedDate is missing."
    )


async def test_a_command_at_the_wrong_endpoint_is_told_the_right_one(commands: Services) -> None:
    opening, message = written("OpenTicket"), written("AddMessage")
    answers = [await commands.send(opening, TICKET), await commands.send(message)]
    assert [error_of(answer) for answer in answers] == ["TicketGenericError"] * 2
    assert [json.loads(answer.body)["message"] for answer in answers] == [
        f"OpenTicket is sent with POST to {OPEN}.",
        f"AddMessage is sent with PATCH to {OPEN}/<uid of the ticket>.",
    ]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 200),
        ("application/json", 200),
        ("Application/JSON ; charset=utf-8", 200),
        ("application/json;", 200),
        ("text/plain", 406),
        ("application/jsonp", 406),
        ("application/x-www-form-urlencoded", 406),
        ("text/html; application/json", 406),
    ],
)
async def test_a_body_is_json_or_not_acceptable(commands: Services, content_type: str | None, status: int) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    path, sent = f"{OPEN}/{await commands.opened()}", json.dumps(written("AddMessage"))
    answer = await commands.ask("PATCH", path, headers=headers, data=sent)
    assert answer.status == status
    if status == 406:
        assert error_of(answer) == "NotAcceptable"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_may_have_exactly_the_limit(commands: Services, chunked: bool) -> None:
    ticket = await commands.opened()
    for length, status in ((BODY_LIMIT, 200), (BODY_LIMIT + 1, 413), (3 * BODY_LIMIT, 413)):
        whole = json.dumps(written("AddMessage")).ljust(length).encode()
        answer = await commands.ask("PATCH", f"{OPEN}/{ticket}", data=whole, chunked=chunked or None)
        assert answer.status == status
        if status == 413:
            assert error_of(answer) == "TooLarge"


@pytest.mark.parametrize("uid", ["no-uid", TICKET[:-1], f"{TICKET}0", f"%20{TICKET}", f"{TICKET}%0a", "%ff", "%00"])
async def test_a_malformed_uid_is_bad_data(commands: Services, uid: str) -> None:
    answer = await commands.ask("PATCH", f"{OPEN}/{uid}", data=json.dumps(written("AddMessage")))
    assert (answer.status, error_of(answer)) == (400, "TicketGenericError")


@pytest.mark.parametrize("login", [None, "all"])
@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("POST", "/", 404, None),
        ("POST", "/api/vEvent", 404, None),
        ("POST", f"{OPEN}/", 404, None),
        ("PATCH", f"{OPEN}/{TICKET}/", 404, None),
        ("PATCH", f"{OPEN}/{TICKET}/events", 404, None),
        ("PATCH", f"{OPEN}%2F{TICKET}%2F", 404, None),
        ("POST", "/API/VEVENT/TICKETS", 404, None),
        ("POST", f"/{OPEN}", 404, None),
        ("GET", OPEN, 405, "POST"),
        ("PATCH", OPEN, 405, "POST"),
        ("DELETE", OPEN, 405, "POST"),
        ("OPTIONS", OPEN, 405, "POST"),
        ("POST", f"{OPEN}/{TICKET}", 405, "PATCH"),
        ("GET", f"{OPEN}/no-uid", 405, "PATCH"),
        ("PUT", f"{OPEN}/{TICKET}", 405, "PATCH"),
    ],
)
async def test_routing_comes_before_the_session(
    commands: Services, *, login: str | None, method: str, path: str, status: int, allowed: str | None
) -> None:
    answer = await commands.ask(method, path, login, data=b"{")
    assert (answer.status, answer.headers.get("Allow")) == (status, allowed)
    assert error_of(answer) == {404: "NotFound", 405: "MethodNotAllowed"}[status]
    assert json.loads(answer.body)["message"].endswith(f"this path takes {allowed}." if allowed else "Not Found")


async def test_head_is_answered_without_a_body(commands: Services) -> None:
    for path, status in (("/", 404), (OPEN, 405), (f"{OPEN}/{TICKET}", 405)):
        answer = await commands.ask("HEAD", path)
        assert (answer.status, answer.body) == (status, b"")


async def raw(commands: Services, *parts: bytes) -> bytes:
    """Send raw bytes, and return everything that comes back until the service closes the connection."""
    host, _, port = commands.urls[0].removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "request_line",
    [b"\x16\x03\x01\x02\x00\x01", b"GET", f"PATCH {OPEN}/\xe9 HTTP/1.1".encode("latin-1"), b"BREW /pot HTTP/1.1"],
    ids=["TLS", "no request", "path that is not ASCII", "unknown method"],
)
async def test_invalid_http_is_refused_in_the_shape_of_an_error(commands: Services, request_line: bytes) -> None:
    answered = await raw(commands, request_line + b"\r\nHost: x\r\n\r\n")
    top, _, body = answered.partition(b"\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in top.lower()
    assert json.loads(body)["errorType"] == "BadRequest"
