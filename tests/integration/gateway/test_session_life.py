"""How long the gateway accepts a session, and how a session ends early."""

from datetime import timedelta

import pytest

from services.cli.imports.apply import revoke_sessions
from shared.clock import utc_now
from tests.integration.gateway.gateway_platform import Platform, logged_in
from tests.support.clients.http import request

NOWHERE = "location=nowhere"
READS = tuple(f"/api/v1/tickets{path}?{NOWHERE}" for path in ("", "/stats", "/export"))


async def statuses(platform: Platform, cookie: str) -> set[int]:
    answers = [await request("GET", platform.url + target, headers={"Cookie": cookie}) for target in READS]
    return {answer.status for answer in answers}


async def newest(platform: Platform) -> str:
    """Return the key of the session that was opened last."""
    session = await platform.db.sessions.find_one(sort=[("created", -1)])
    assert session
    return str(session["_id"])


async def test_the_whole_text_of_set_cookie_is_accepted_as_cookie(platform: Platform) -> None:
    cookie = await logged_in(platform.url, "north")
    assert "; Path=/; HttpOnly" in cookie
    assert await statuses(platform, cookie) == {200}
    assert await statuses(platform, cookie.replace("; Path=/", "; Path=/; Domain=example.org")) == {200}


@pytest.mark.parametrize(
    ("age", "idle", "status"),
    [
        (timedelta(hours=11, minutes=59), timedelta(minutes=58), 200),
        (timedelta(hours=12, minutes=1), timedelta(0), 401),
        (timedelta(hours=2), timedelta(minutes=61), 401),
    ],
)
async def test_a_session_ends_after_twelve_hours_or_an_idle_one(
    platform: Platform, age: timedelta, idle: timedelta, status: int
) -> None:
    cookie, now = await logged_in(platform.url, "north"), utc_now()
    key = await newest(platform)
    await platform.db.sessions.update_one({"_id": key}, {"$set": {"created": now - age, "seen": now - idle}})
    assert await statuses(platform, cookie) == {status}
    if status == 200:
        session = await platform.db.sessions.find_one({"_id": key}) or {}
        assert session["seen"] >= now


async def test_only_revoked_sessions_have_ended_when_the_command_returns(platform: Platform) -> None:
    gone = [await logged_in(platform.url, "account") for _ in range(2)]
    assert [await statuses(platform, cookie) for cookie in gone] == [{200}, {200}]
    assert await revoke_sessions(platform.settings, "account") >= 2
    assert [await statuses(platform, cookie) for cookie in gone] == [{401}, {401}]
    assert await statuses(platform, platform.cookies["north"]) == {200}
    platform.cookies["account"] = await logged_in(platform.url, "account")
    assert await statuses(platform, platform.cookies["account"]) == {200}
