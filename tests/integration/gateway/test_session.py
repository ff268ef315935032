"""Logins, and checks that every request must pass before anything is read."""

import asyncio
import json
import re
import signal
import threading
from asyncio import StreamWriter
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message

from services.gateway.app import ANSWERS
from services.gateway.endpoints.login import LOGIN_LIMIT, Login
from services.gateway.passwords.checks import WAIT_SECONDS, WAITING
from shared.accounts import sessions as sessions_module
from shared.accounts.sessions import Sessions, users_version
from shared.accounts.users import password_matches
from shared.http.request_limits import BODY_SECONDS
from shared.http.server import serve
from shared.mongo import PyMongoError, connected, database
from shared.process.heartbeats import living
from tests.integration.gateway.gateway_platform import PASSWORD, Platform, add_guessed, gateway, logged_in
from tests.support.clients.http import answering, free_port, listening, refusing_url, request
from tests.support.data.directory import TWO_AGENCIES_AND_A_PARK
from tests.support.expected.views import until
from tests.support.processes.tasks import running

LOGIN = "/api/v1/login"
RIGHT = {"login": "all", "password": PASSWORD}
WRONG = b'{"errorType":"BadRequest","message":"The login or the password is wrong."}'


async def test_a_login_only_sets_the_session_cookie(platform: Platform) -> None:
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
async def test_guessing_is_limited_and_does_not_block_other_logins(platform: Platform, login: str) -> None:
    await add_guessed(platform.db, login)
    sent = {"login": login, "password": "x"}
    answers = await asyncio.gather(*(platform.ask(LOGIN, None, "POST", json=sent) for _ in range(14)))
    assert Counter(answer.status for answer in answers) == {400: 10, 429: 4}
    refused = next(answer for answer in answers if answer.status == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert json.loads(refused.body)["errorType"] == "TooManyRequests"
    answer = await platform.ask(LOGIN, None, "POST", json={"login": "all", "password": PASSWORD})
    assert answer.status == 200


async def test_attempts_while_mongodb_is_away_are_not_counted() -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"login":"all","password":"x"}'}

    with refusing_url() as away:
        async with connected(away.replace("http", "mongodb"), timeout_ms=50) as client:
            login = Login(Sessions(database(client, "none")), domain=None)
            for _ in range(12):
                with pytest.raises(PyMongoError):
                    await login.open_session(Request({"type": "http", "method": "POST", "headers": []}, receive))


async def test_strangers_that_disconnect_free_their_places(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """During a slow check, clients that send a login and disconnect occupy all places."""
    checking, to_end = threading.Event(), threading.Event()

    def slowly(password: str, kept: str | None) -> bool:
        checking.set()
        assert to_end.wait(30)
        return password_matches(password, kept)

    monkeypatch.setattr(sessions_module, "password_matches", slowly)
    login, port = Login(Sessions(platform.db), domain=None), free_port()
    app = Starlette(routes=[Route(LOGIN, login.open_session, methods=["POST"])], exception_handlers=ANSWERS)

    async def sent(number: int) -> StreamWriter:
        body = json.dumps({"login": "all", "password": "x"})
        head = f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        source = (f"127.0.1.{number}", 0)
        _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
        writer.write(f"{head}{body}".encode())
        return writer

    async def wait(count: int) -> bool:
        return len(login._checks._strangers.waiting) == count

    async with running(serve(app, "127.0.0.1", port)):
        await until(partial(listening, f"http://127.0.0.1:{port}"))
        url = f"http://127.0.0.1:{port}{LOGIN}"
        first = asyncio.create_task(request("POST", url, json=RIGHT))
        assert await asyncio.to_thread(checking.wait, 30)
        strangers = [await sent(number) for number in range(1, WAITING + 1)]
        await until(partial(wait, WAITING))
        for stranger in strangers:
            stranger.close()
        await until(partial(wait, 0), seconds=WAIT_SECONDS / 2)
        other = asyncio.create_task(request("POST", url, json=RIGHT))
        await until(partial(wait, 1))
        to_end.set()
        assert [(await task).status for task in (first, other)] == [200, 200]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json; charset=utf-8", 400),
        (b'{"login":"all"}', "application/json", 400),
        (b'{"login":"all","password":1}', "application/json", 400),
        (b'{"login":"all","password":"\xff"}', "application/json", 400),
        (b"login=all", "application/x-www-form-urlencoded", 406),
        (b" " * (LOGIN_LIMIT + 1), "application/json", 413),
    ],
)
async def test_a_login_that_cannot_be_read_is_refused(
    platform: Platform, body: bytes, content_type: str, status: int
) -> None:
    answer = await platform.ask(LOGIN, None, "POST", data=body, headers={"Content-Type": content_type})
    assert answer.status == status
    assert answer.body.startswith(b'{"errorType":"')


@pytest.mark.parametrize("login", [None, "all"])
@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/nowhere", 404, None),
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


async def test_a_valid_session_counts_at_any_position(platform: Platform) -> None:
    token = platform.cookies["all"].split(";")[0]
    stale = [f"PI_SESSION=stale{number}" for number in range(1_500)]  # with the rest of the head, nearly 32 KiB
    several = [("Cookie", stale[0]), ("Cookie", f"{stale[1]}; Path=/; {token}; HttpOnly; {stale[2]}")]
    answer = await request("GET", f"{platform.url}/api/v1/tickets", headers=several)
    assert answer.status == 200
    for cookies, status in (([*stale[:6], token], 200), ([*stale, token, "a=b"], 200), (stale, 401)):
        answer = await platform.ask("/api/v1/tickets", None, headers={"Cookie": ";".join(cookies)})
        assert answer.status == status


async def test_a_login_in_chunks_has_the_same_limit(platform: Platform) -> None:
    """The service does not wait for the rest of a body that is too long."""
    login = json.dumps({"login": "all", "password": PASSWORD}).encode()

    async def chunks(size: int, end: asyncio.Event) -> AsyncIterator[bytes]:
        padded = login.ljust(size)
        for start in range(0, size, 1_000):
            yield padded[start : start + 1_000]
        await end.wait()

    ended, never = asyncio.Event(), asyncio.Event()
    ended.set()
    for size, end, status in ((LOGIN_LIMIT, ended, 200), (LOGIN_LIMIT + 1, never, 413)):
        headers = {"Content-Type": "application/json"}
        async with asyncio.timeout(BODY_SECONDS / 2):
            answer = await platform.ask(LOGIN, None, "POST", data=chunks(size, end), headers=headers)
        assert answer.status == status


async def test_the_heartbeat_names_the_gateways_address(platform: Platform) -> None:
    (beat,) = [beat for beat in await living(platform.db) if beat["_id"] == "gateway"]
    version = await users_version(platform.db)
    facts: dict[str, Any] = {"service": "gateway", "url": platform.url, "usersVersion": version}
    assert {name: beat[name] for name in facts} == facts
    assert beat["directoryOffset"] >= len(TWO_AGENCIES_AND_A_PARK)  # other tests may have added entries


async def test_a_stopped_gateway_deletes_its_heartbeat(platform: Platform, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    url, commands = f"http://127.0.0.1:{port}", platform.commands.urls
    async with gateway(platform.settings, "second", port, commands, log, cookie_domain="example.org") as process:
        await answering(url, process, log)
        assert "; Domain=example.org; " in await logged_in(url, "all")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert await platform.db.heartbeats.find_one({"_id": "second"}) is None


async def test_a_gateway_that_starts_while_mongodb_is_away_answers(platform: Platform, tmp_path: Path) -> None:
    """It cannot read where logins have succeeded; logins are answered with 503."""
    port, log = free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}"
    with refusing_url() as away:
        settings = platform.settings.model_copy(
            update={"mongo": f"{away.replace('http', 'mongodb')}/?directConnection=true"}
        )
        async with gateway(settings, "early", port, platform.commands.urls, log) as process:
            await answering(url, process, log)
            assert (await request("POST", f"{url}{LOGIN}", json=RIGHT)).status == 503
    assert "origins_unread" in log.read_text()
