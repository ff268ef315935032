"""Logout and `me` (contract 88 and 89), and lists of the directory that change (contract 90)."""

import asyncio
import json
import secrets
from datetime import timedelta
from typing import Any

import pytest

from shared.accounts.session_cookie import COOKIE
from shared.accounts.tokens import new_token
from shared.clock import utc_now
from shared.directory.entries import Agency, Entry, OperatorEntry
from tests.integration.gateway.gateway_platform import USERS, Platform, logged_in
from tests.support.clients.http import Answer, request
from tests.support.data.directory import NORTH, PARK, SOUTH, publish_directory
from tests.support.data.tickets import ticket_uid
from tests.support.expected.views import until

LOGOUT, ME, AGENCIES, PATRIMONIES = "/api/v1/logout", "/api/v1/me", "/api/v1/agencies", "/api/v1/patrimonies"
OPERATORS = "/api/v1/operators"
OVER = f"{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"


async def ask(platform: Platform, method: str, path: str, **headers: str) -> Answer:
    return await request(method, platform.url + path, headers=headers)


async def token_of(platform: Platform, login: str) -> str:
    token, document = new_token(f"uid of {login}", secrets.token_hex(4), utc_now(), timedelta(hours=1))
    await platform.db.tokens.insert_one(document)
    return f"Bearer {token}"


async def test_a_logout_ends_the_session_and_its_cookie(platform: Platform) -> None:
    cookie, other = await logged_in(platform.url, "all"), await logged_in(platform.url, "all")
    for _ in range(2):
        assert (await ask(platform, "GET", ME, Cookie=cookie)).status == 200
    answer = await ask(platform, "POST", LOGOUT, Cookie=cookie)
    assert (answer.status, answer.body, answer.headers["Set-Cookie"]) == (204, b"", OVER)
    assert "Content-Length" not in answer.headers
    for method, path in (("GET", ME), ("GET", AGENCIES), ("POST", LOGOUT)):
        refused = await ask(platform, method, path, Cookie=cookie)
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "Set-Cookie" not in refused.headers
    assert (await ask(platform, "GET", ME, Cookie=other)).status == 200


async def test_a_logout_ends_every_session_of_the_cookies(platform: Platform) -> None:
    cookies = [await logged_in(platform.url, login) for login in ("north", "all")]
    together = "; ".join(["PI_SESSION=stale", *cookies])
    assert json.loads((await ask(platform, "GET", ME, Cookie=together)).body)["login"] == "north"
    assert (await ask(platform, "POST", LOGOUT, Cookie=together)).status == 204
    for cookie in (*cookies, together):
        assert (await ask(platform, "GET", ME, Cookie=cookie)).status == 401


async def test_a_logout_needs_a_session(platform: Platform) -> None:
    token, cookie = await token_of(platform, "all"), await logged_in(platform.url, "all")
    assert (await ask(platform, "POST", LOGOUT)).status == 401
    assert (await ask(platform, "POST", LOGOUT, Cookie="PI_SESSION=stolen")).status == 401
    wrong = await ask(platform, "POST", LOGOUT, Cookie=cookie, Authorization="Bearer x")
    assert (wrong.status, wrong.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    for headers in ({"Authorization": token}, {"Authorization": token, "Cookie": cookie}):
        answer = await ask(platform, "POST", LOGOUT, **headers)
        assert (answer.status, json.loads(answer.body)["errorType"]) == (400, "BadRequest")
        assert "Set-Cookie" not in answer.headers
    assert (await ask(platform, "GET", ME, Cookie=cookie)).status == 200


async def test_another_site_logs_nobody_out(platform: Platform) -> None:
    cookie = await logged_in(platform.url, "all")
    answer = await ask(platform, "POST", LOGOUT, Cookie=cookie, Origin="http://127.0.0.1:1")
    assert answer.status == 403
    assert (await ask(platform, "GET", ME, Cookie=cookie)).status == 200
    assert (await ask(platform, "POST", LOGOUT, Cookie=cookie, Origin=platform.url)).status == 204


@pytest.mark.parametrize("path", [LOGOUT, ME, AGENCIES])
async def test_other_methods_are_refused_first(platform: Platform, path: str) -> None:
    allowed = "POST" if path == LOGOUT else "GET, HEAD"
    answer = await ask(platform, "PUT", path)
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize("role", ["operator", "reader"])
@pytest.mark.parametrize("login", USERS)
async def test_me_says_who_asks(platform: Platform, login: str, role: str) -> None:
    scope: dict[str, Any] = USERS[login]
    if role == "reader":
        login = f"{login} reading \N{LATIN SMALL LETTER E WITH ACUTE}"
        user = {"_id": f"uid of {login}", "login": login, "role": role, "scope": scope}
        await platform.db.users.replace_one({"_id": user["_id"]}, user, upsert=True)
    answer = await ask(platform, "GET", ME, Authorization=await token_of(platform, login))
    assert answer.status == 200
    assert json.loads(answer.body) == {"login": login, "role": role, "scope": scope}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_broken_query_is_refused(platform: Platform) -> None:
    for path in (ME, AGENCIES):
        assert (await platform.ask(f"{path}?a=%zz", None)).status == 401
        assert (await platform.ask(f"{path}?a=%zz")).status == 400
        assert (await platform.ask(f"{path}?a=%20")).status == 200


async def test_all_wrong_parameters_are_told_at_once(platform: Platform) -> None:
    answer = await platform.ask(f"{OPERATORS}?range=9-1&query={'a' * 1001}")
    assert answer.status == 400
    said = json.loads(answer.body)["message"]
    assert said == "Parameter range must not end before it starts. Parameter query may have 1000 letters in a term."


@pytest.mark.parametrize(
    ("login", "agencies", "patrimonies"),
    [
        ("all", [NORTH, SOUTH], [PARK]),
        ("north", [NORTH], [PARK]),
        ("account", [NORTH], [PARK]),
        ("park", [], [PARK]),
        ("nothing", [], []),
    ],
)
async def test_places_are_those_inside_the_scope(
    platform: Platform, login: str, agencies: list[str], patrimonies: list[str]
) -> None:
    for path, uids in ((AGENCIES, agencies), (PATRIMONIES, patrimonies)):
        answer = await platform.ask(path, login)
        assert [entry["uid"] for entry in json.loads(answer.body)["result"]] == uids
        count = len(uids)
        assert answer.headers["Content-Range"] == (f"0-{count - 1}/{count}" if uids else "0-0/0")
        assert (answer.status, answer.headers["Accept-Range"]) == (200, "100")


async def test_an_entry_has_what_commands_need(platform: Platform) -> None:
    agencies, patrimonies = [json.loads((await platform.ask(path)).body) for path in (AGENCIES, PATRIMONIES)]
    assert agencies["result"][1] == {"uid": SOUTH, "label": "South", "accountUid": NORTH}
    assert patrimonies == {"result": [{"uid": PARK, "ref": "ZER319", "agencyUids": [NORTH, SOUTH]}]}


async def test_a_list_follows_the_directory(platform: Platform) -> None:
    """Requests go on while entries are added, renamed and removed. Each list is one that was true."""
    known = [OperatorEntry(uid=ticket_uid(number), name=f"Operator {number:03}") for number in range(250)]

    async def named(query: str, *names: str) -> None:
        async def shown() -> bool:
            answers = await asyncio.gather(*(platform.ask(f"{OPERATORS}?{query}") for _ in range(8)))
            found = [[one["name"] for one in json.loads(answer.body)["result"]] for answer in answers]
            return all(each == list(names) for each in found)

        await until(shown)

    async def publish(*entries: Entry) -> None:
        await publish_directory(platform.settings, entries)

    await publish(*reversed(known))
    await named("", *(one.name for one in known[:100]))
    await named("range=200-400", *(one.name for one in known[200:]))
    last = await platform.ask(f"{OPERATORS}?range=249-400")
    assert (last.status, last.headers["Content-Range"]) == (206, "249-249/250")
    assert "Link" not in last.headers
    assert (await platform.ask(OPERATORS)).headers["Link"] == '<?range=100-199>; rel="next"'
    part = await platform.ask(f"{OPERATORS}?query=oper&range=150-199")
    assert part.headers["Link"] == '<?query=oper&range=200-249>; rel="next"'
    await publish(known[7].model_copy(update={"name": "Émilie"}))
    await named("query=EMIL", "Émilie")
    await named("range=0-1", "Émilie", "Operator 000")
    await publish(*(one.model_copy(update={"removed": True}) for one in known))
    await named("")
    await publish(Agency(uid=ticket_uid(7), label="Not an operator", accountUid=NORTH, removed=True))
    await named("")
