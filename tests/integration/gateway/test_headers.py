"""Headers for browsers and caches that every answer of the gateway has, whatever its status."""

import pytest

from tests.integration.gateway.gateway_platform import PASSWORD, Platform

TICKET = "/api/v1/tickets/17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2"


@pytest.mark.parametrize(
    ("method", "target", "login", "status"),
    [
        ("GET", "/api/v1/tickets", "all", 200),
        ("GET", "/api/v1/tickets/stats", "all", 200),
        ("GET", "/api/v1/tickets/export", "all", 200),
        ("GET", "/api/v1/tickets?range=x", "all", 400),
        ("GET", "/api/v1/tickets", None, 401),
        ("GET", "/api/v1/me", "all", 200),
        ("GET", "/api/v1/agencies", "all", 200),
        ("POST", "/api/v1/logout", None, 401),
        ("GET", TICKET, "all", 404),
        ("GET", "/nowhere", "all", 404),
        ("DELETE", TICKET, "all", 405),
        ("POST", "/api/v1/login", None, 406),
        ("PATCH", "/api/vEvent/tickets/17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2", "all", 200),
    ],
)
async def test_answers_are_no_other_type_and_kept_by_no_cache(
    platform: Platform, *, method: str, target: str, login: str | None, status: int
) -> None:
    platform.commands.answers(200)
    answer = await platform.ask(target, login, method)
    assert answer.status == status
    assert answer.headers.getall("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.getall("Cache-Control") == ["no-store"]


async def test_the_answer_to_a_login_is_kept_by_no_cache(platform: Platform) -> None:
    login = {"login": "all", "password": PASSWORD}
    answer = await platform.ask("/api/v1/login", None, "POST", json=login)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")


async def test_files_that_are_equal_for_all_are_cached_and_revalidated(platform: Platform) -> None:
    for target in ("/api/openapi.json", "/api/docs", "/api/docs/assets/docs.js"):
        answer = await platform.ask(target, None)
        assert answer.headers.getall("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.getall("Cache-Control") == ["no-cache"]
