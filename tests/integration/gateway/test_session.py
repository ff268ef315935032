"""Logging in, and what is answered to whom before anything is read."""

import asyncio
import json
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from services.gateway.login import Login
from shared.heartbeats import living
from shared.mongo import PyMongoError, connected, database
from shared.sessions import Sessions, users_version
from shared.web import BODY_LIMIT
from tests.integration.gateway.running import PASSWORD, Platform, gateway, logged_in
from tests.support.http import answering, free_port, refusing_url

LOGIN = "/api/v1/login"
WRONG = b'{"errorType":"BadRequest","message":"The login or the password is wrong."}'


async def test_a_login_sets_the_session_cookie_and_nothing_else(platform: Platform) -> None:
    answer = await platform.ask(LOGIN, None, "POST", json={"login": "all", "password": PASSWORD})
    assert (answer.status, answer.body) == (200, b"")
    assert re.fullmatch(r"PI_SESSION=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", answer.headers["Set-Cookie"])
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize("sent", [{"login": "all", "password": "x"}, {"login": "nobody", "password": PASSWORD}])
async def test_a_wrong_password_and_an_unknown_user_look_the_same(platform: Platform, sent: dict[str, str]) -> None:
    answer = await platform.ask(LOGIN, None, "POST", json=sent)
    assert (answer.status, answer.body) == (400, WRONG)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("login", ["kept out", "all but known"])
async def test_guessing_ends_after_some_attempts_and_hinders_nobody_else(platform: Platform, login: str) -> None:
    sent = {"login": login, "password": "x"}
    answers = await asyncio.gather(*(platform.ask(LOGIN, None, "POST", json=sent) for _ in range(14)))
    assert Counter(answer.status for answer in answers) == {400: 10, 429: 4}
    refused = next(answer for answer in answers if answer.status == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert json.loads(refused.body)["errorType"] == "TooManyRequests"
    answer = await platform.ask(LOGIN, None, "POST", json={"login": "all", "password": PASSWORD})
    assert answer.status == 200


async def test_attempts_while_mongodb_is_away_are_held_against_nobody() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"login":"all","password":"x"}'}

    with refusing_url() as away:
        async with connected(away.replace("http", "mongodb"), timeout_ms=50) as client:
            login = Login(Sessions(database(client, "none")), domain=None)
            for _ in range(12):
                with pytest.raises(PyMongoError):
                    await login.open_session(Request({"type": "http", "method": "POST", "headers": []}, receive))


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json; charset=utf-8", 400),
        (b'{"login":"all"}', "application/json", 400),
        (b'{"login":"all","password":1}', "application/json", 400),
        (b'{"login":"all","password":"\xff"}', "application/json", 400),
        (b"login=all", "application/x-www-form-urlencoded", 406),
        (b" " * (BODY_LIMIT + 1), "application/json", 413),
    ],
)
async def test_a_login_that_can_not_be_read_is_refused(
    platform: Platform, body: bytes, content_type: str, status: int
) -> None:
    answer = await platform.ask(LOGIN, None, "POST", data=body, headers={"Content-Type": content_type})
    assert answer.status == status
    assert answer.body.startswith(b'{"errorType":"')


@pytest.mark.parametrize("login", [None, "all"])
@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/", 404, None),
        ("GET", "/api/v1/tickets/", 404, None),
        ("POST", "/api/v1/tickets/export", 405, "GET, HEAD"),
        ("GET", "/api/vEvent/tickets/", 404, None),
        ("GET", "/api/v1/login", 405, "POST"),
        ("POST", "/api/v1/tickets", 405, "GET, HEAD"),
        ("DELETE", "/api/v1/tickets/stats", 405, "GET, HEAD"),
        ("OPTIONS", "/api/vEvent/tickets", 405, "GET, HEAD, POST"),
        ("GET", "/api/vEvent/tickets/17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2", 405, "PATCH"),
    ],
)
async def test_routing_comes_before_the_session(
    platform: Platform, *, login: str | None, method: str, path: str, status: int, allowed: str | None
) -> None:
    answer = await platform.ask(path, login, method)
    assert (answer.status, answer.headers.get("Allow")) == (status, allowed)
    assert answer.body.startswith(b'{"errorType":"')


@pytest.mark.parametrize("cookie", ["", "PI_SESSION=", "PI_SESSION=stolen", "OTHER=1"])
@pytest.mark.parametrize(
    "target",
    ["/api/v1/tickets", "/api/v1/tickets?range=x", "/api/v1/tickets/stats", "/api/v1/tickets/x", "/api/vEvent/tickets"],
)
async def test_reads_need_a_session_before_all_else(platform: Platform, target: str, cookie: str) -> None:
    answer = await platform.ask(target, None, headers={"Cookie": cookie})
    assert (answer.status, answer.body) == (401, b"")
    assert "Content-Type" not in answer.headers


async def test_a_session_is_found_among_other_cookies(platform: Platform) -> None:
    token = platform.cookies["all"].split(";")[0]
    answer = await platform.ask("/api/v1/tickets", None, headers={"Cookie": f"a=b; Path=/; {token}; HttpOnly"})
    assert answer.status == 200


async def test_the_heartbeat_tells_where_the_gateway_is(platform: Platform) -> None:
    (beat,) = [beat for beat in await living(platform.db) if beat["_id"] == "gateway"]
    known = {"directoryOffset": 3, "usersVersion": await users_version(platform.db)}
    facts: dict[str, Any] = {"service": "gateway", "url": platform.url} | known
    assert {name: beat[name] for name in facts} == facts


async def test_a_gateway_that_is_told_to_stop_takes_its_heartbeat_along(platform: Platform, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    url, commands = f"http://127.0.0.1:{port}", platform.commands.urls
    async with gateway(platform.settings, "second", port, commands, log, cookie_domain="example.org") as process:
        await answering(url, process, log)
        assert "; Domain=example.org; " in await logged_in(url, "all")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert await platform.db.heartbeats.find_one({"_id": "second"}) is None
