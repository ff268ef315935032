"""Tokens (contract 87) through a gateway and two command services: accepted where a cookie is, until they end."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.cli.imports.apply import import_users
from services.cli.imports.tokens import make_token, revoke_token
from services.cli.imports.users_file import read_users
from shared.accounts.tokens import PREFIX, new_token
from shared.clock import utc_now
from tests.integration.command.command_platform import OPEN, Services, error_of, fresh, user_uid, written
from tests.support.clients.http import Answer, answering, free_port, request
from tests.support.data.directory import NORTH
from tests.support.data.tickets import AT_NORTH
from tests.support.expected.views import until
from tests.support.processes.services import service

ME, LIST = "/api/v1/me", "/api/v1/tickets"
MISSING, INVALID = "Bearer", 'Bearer error="invalid_token"'


@dataclass(frozen=True, slots=True)
class Door:
    """A gateway in front of the command services."""

    services: Services
    url: str
    log: Path

    async def ask(self, method: str, path: str, authorization: str | None, **sent: Any) -> Answer:
        headers = {"Authorization": authorization} if authorization is not None else {}
        return await request(method, self.url + path, headers=headers | sent.pop("headers", {}), **sent)

    async def statuses(self, authorization: str | None, cookie: str | None = None) -> list[int]:
        """Return the statuses of reads and of two commands, one at each service; 401 is checked."""
        headers = {"Cookie": cookie} if cookie else {}
        answers = [await self.ask("GET", path, authorization, headers=headers) for path in (ME, LIST)]
        for _ in self.services.urls:
            opening = written("OpenTicket", locationRef=AT_NORTH)
            answers.append(await self.ask("POST", OPEN, authorization, headers=headers, json=opening))
        for answer in answers:
            if answer.status == 401:
                assert answer.body == b""
                assert answer.headers.getall("WWW-Authenticate") == [MISSING if authorization is None else INVALID]
        return [answer.status for answer in answers]


@pytest.fixture(scope="module")
async def door(commands: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    port, log = free_port(), tmp_path_factory.mktemp("door") / "log"
    started = service("gateway", commands.settings, log, name="door", port=port, command_urls=",".join(commands.urls))
    async with started as process:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        yield Door(commands, url, log)


ACCEPTED, REFUSED, FORBIDDEN = [200, 200, 201, 201], [401] * 4, [200, 200, 403, 403]


async def imported(door: Door, login: str, **changed: Any) -> None:
    entry = {"uid": user_uid(login), "login": login, "role": "operator", "scope": {"kind": "everything"}}
    await import_users(door.services.settings, read_users(json.dumps([entry | changed]).encode()))


async def bearer(door: Door, login: str, name: str = "ci") -> str:
    """Return the header with a new token of a user, who is added first if needed."""
    if await door.services.db.users.find_one({"login": login}) is None:
        await imported(door, login)
    token, _ = await make_token(door.services.settings, login, name, days=1)
    return f"Bearer {token}"


async def test_a_program_reads_and_sends_commands_as_its_user(door: Door) -> None:
    authorization = await bearer(door, "anna")
    me = await door.ask("GET", ME, authorization)
    assert json.loads(me.body) == {"login": "anna", "role": "operator", "scope": {"kind": "everything"}}
    opened = await door.ask("POST", OPEN, authorization, json=written("OpenTicket"))
    ticket = json.loads(opened.body)["events"][0]["aggregateUid"]
    assert (await door.ask("PATCH", f"{OPEN}/{ticket}", authorization, json=written("AddMessage"))).status == 200
    senders = await door.services.db.events.distinct("user", {"ticket": ticket})
    assert senders == [user_uid("anna")]


async def test_large_and_chunked_commands_are_accepted_too(door: Door) -> None:
    authorization = await bearer(door, "bert")
    ticket = await door.services.opened()
    large = json.dumps(written("AddMessage", message="x" * 30_000)).encode()

    async def chunks() -> AsyncIterator[bytes]:
        yield json.dumps(written("AddMessage")).encode()

    for body in (large, chunks()):
        headers = {"Content-Type": "application/json"}
        answer = await door.ask("PATCH", f"{OPEN}/{ticket}", authorization, data=body, headers=headers)
        assert answer.status == 200


async def test_what_is_no_token_of_ours_is_refused_also_beside_a_session(door: Door) -> None:
    good, cookie = await bearer(door, "carl"), door.services.cookies["all"]
    assert (
        await door.statuses(None, cookie) == await door.statuses(good) == await door.statuses(good, cookie) == ACCEPTED
    )
    session = cookie.partition("=")[2]
    for wrong in ("Bearer", "Bearer  ", "Bearer x", f"{good}x", good[:-1], f"Bearer {session}", f"{good}, {good}"):
        assert await door.statuses(wrong) == await door.statuses(wrong, cookie) == REFUSED
    assert await door.statuses(None) == await door.statuses(None, "PI_SESSION=gone") == REFUSED
    assert (
        await door.statuses(good, "PI_SESSION=gone")
        == await door.statuses(good.replace("Bearer", "bearer  "))
        == ACCEPTED
    )


async def test_two_tokens_are_no_token(door: Door) -> None:
    one, other = await bearer(door, "cora"), await bearer(door, "cora", "other")
    for sent, status in (((one, one), 200), ((one, other), 401), ((one, "Basic eDp5"), 200)):
        answer = await request("GET", door.url + ME, headers=[("Authorization", value) for value in sent])
        assert answer.status == status


async def test_another_scheme_is_not_for_the_gateway(door: Door) -> None:
    """It may be meant for a proxy before the gateway: clients with a cookie go on as before."""
    basic = "Basic b3BlbjpzZXNhbWU="
    headers = {"Cookie": door.services.cookies["all"]}
    for method, path, sent in (("GET", ME, {}), ("POST", OPEN, {"json": written("OpenTicket")})):
        assert (await door.ask(method, path, basic, headers=headers, **sent)).status in (200, 201)
        answer = await door.ask(method, path, basic, **sent)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, MISSING)


async def test_a_token_acts_with_the_present_role_and_scope(door: Door) -> None:
    authorization = await bearer(door, "dirk")
    assert await door.statuses(authorization) == ACCEPTED
    await imported(door, "dirk", role="reader")
    assert await door.statuses(authorization) == FORBIDDEN
    await imported(door, "dirk", scope={"kind": "agencies", "uids": [NORTH]}, password="a new password")
    assert await door.statuses(authorization) == ACCEPTED


async def test_a_revoked_token_is_refused_when_the_command_returns(door: Door) -> None:
    revoked, other = await bearer(door, "emil"), await bearer(door, "emil", "other")
    assert await door.statuses(revoked) == ACCEPTED
    await revoke_token(door.services.settings, "emil", "ci")
    assert await door.statuses(revoked) == REFUSED
    assert await door.statuses(other) == ACCEPTED


async def test_a_token_that_was_deleted_ends_within_seconds(door: Door) -> None:
    authorization = await bearer(door, "emma")
    assert await door.statuses(authorization) == ACCEPTED
    await door.services.db.tokens.delete_one({"user": user_uid("emma")})

    async def gone() -> bool:
        return await door.statuses(authorization) == REFUSED

    await until(gone)


async def test_a_token_ends_in_time(door: Door) -> None:
    await imported(door, "fred")
    token, document = new_token(user_uid("fred"), "short", utc_now(), timedelta(seconds=2))
    await door.services.db.tokens.insert_one(document)

    async def ended() -> bool:
        return await door.statuses(f"Bearer {token}") == REFUSED

    await until(ended)
    assert utc_now() >= document["ends"]


async def test_the_tokens_of_a_removed_user_are_gone_for_good(door: Door) -> None:
    authorization = await bearer(door, "gina")
    assert await door.statuses(authorization) == ACCEPTED
    await imported(door, "gina", removed=True)
    assert await door.statuses(authorization) == REFUSED
    await imported(door, "gina")
    assert await door.statuses(authorization) == REFUSED


async def test_a_page_of_another_site_needs_a_cookie_to_misuse(door: Door) -> None:
    authorization = await bearer(door, "hugo")
    foreign = {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "cross-site"}
    opening = written("OpenTicket")
    beside = foreign | {"Cookie": door.services.cookies["all"]}
    refused = await door.ask("POST", OPEN, authorization, json=opening, headers=beside)
    assert (refused.status, error_of(refused)) == (403, "Forbidden")
    assert (await door.ask("POST", OPEN, authorization, json=opening, headers=foreign)).status == 201


async def test_a_command_service_refuses_for_itself(door: Door) -> None:
    for headers, challenge in (({}, MISSING), ({"Authorization": f"Bearer {fresh()}"}, INVALID)):
        answer = await door.services.ask("POST", OPEN, None, json=written("OpenTicket"), headers=headers)
        assert (answer.status, answer.body, answer.headers["WWW-Authenticate"]) == (401, b"", challenge)


async def test_no_token_is_logged(door: Door) -> None:
    authorization = await bearer(door, "ines")
    assert await door.statuses(authorization) == ACCEPTED
    assert await door.statuses(f"{authorization[:-1]}-") == REFUSED
    for log in (door.log, *door.services.logs):
        assert PREFIX not in log.read_text()
