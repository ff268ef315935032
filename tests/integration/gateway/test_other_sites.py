"""Requests that pages of other sites make a browser send, and those of the gateway's own page."""

import json

import pytest

from tests.integration.gateway.gateway_platform import PASSWORD, Platform
from tests.support.clients.http import Answer

OPEN = "/api/vEvent/tickets"
TICKET = "/api/vEvent/tickets/17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2"
LOGIN = "/api/v1/login"
NEXT_DOOR = {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
"""Headers of Chromium and Firefox for a page on another port: `fetch` with `no-cors`, and `sendBeacon`."""


async def send(platform: Platform, way: tuple[str, str], headers: dict[str, str], login: str | None = "all") -> Answer:
    """Send a body without a type, as a page can do without a preflight request."""
    method, path = way
    body = json.dumps({"login": "all", "password": PASSWORD} if path == LOGIN else {}).encode()
    return await platform.ask(path, login, method, data=body, skip_auto_headers=["Content-Type"], headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        NEXT_DOOR,
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("way", [("POST", OPEN), ("PATCH", TICKET), ("POST", LOGIN)])
async def test_a_page_of_another_site_changes_nothing(
    platform: Platform, way: tuple[str, str], headers: dict[str, str]
) -> None:
    platform.commands.answers(200)
    for login in ("all", None) if LOGIN in way else ("all",):
        answer = await send(platform, way, headers, login)
        assert (answer.status, answer.headers["Ticketstream-Reason"]) == (403, "other-site")
        assert json.loads(answer.body).keys() == {"errorType", "message"}
        assert "Set-Cookie" not in answer.headers
    assert platform.commands.received == []


@pytest.mark.parametrize("way", [("POST", OPEN), ("PATCH", TICKET), ("POST", LOGIN)])
async def test_the_page_of_the_gateway_and_programs_go_on(platform: Platform, way: tuple[str, str]) -> None:
    platform.commands.answers(200)
    own = platform.url.replace("127.0.0.1", "LocalHost")
    for headers in (
        {},
        {"Origin": platform.url, "Sec-Fetch-Site": "same-origin"},
        {"Origin": own.lower(), "Host": own.removeprefix("http://")},
        {"Sec-Fetch-Site": "none"},
    ):
        assert (await send(platform, way, headers)).status == 200


async def test_a_page_of_another_site_may_be_followed_to_a_page_that_is_read(platform: Platform) -> None:
    answer = await platform.ask("/api/v1/tickets", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200


async def test_without_a_session_there_is_nothing_to_misuse(platform: Platform) -> None:
    platform.commands.answers(401)
    answer = await send(platform, ("POST", OPEN), NEXT_DOOR, login=None)
    assert answer.status == 401
