"""A gateway behind a proxy: who the client is and how it came is believed of trusted proxies alone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.gateway.running import PASSWORD, Platform, gateway
from tests.support.http import Answer, answering, free_port, request

LIMIT = 10
"""Wrong passwords that one address may try at once for a login."""


@pytest.fixture(scope="module")
async def behind(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Give the URL of a gateway that trusts this machine and the proxies of a network."""
    port, log = free_port(), tmp_path_factory.mktemp("proxied") / "log"
    url, trusted = f"http://127.0.0.1:{port}", "127.0.0.1, 10.1.0.0/16"
    async with gateway(
        platform.settings, "proxied", port, platform.commands.urls, Path(log), trusted_proxies=trusted
    ) as process:
        await answering(url, process, log)
        yield url


async def log_in(url: str, login: str, password: str, **forwarded: str) -> Answer:
    headers = {f"X-Forwarded-{name.capitalize()}": value for name, value in forwarded.items()}
    return await request("POST", f"{url}/api/v1/login", json={"login": login, "password": password}, headers=headers)


async def guessed(url: str, login: str, *addresses: str) -> Counter[int]:
    answers = await asyncio.gather(*(log_in(url, login, "x", **{"for": address}) for address in addresses))
    return Counter(answer.status for answer in answers)


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", False), ("nonsense", False)])
async def test_the_cookie_is_secure_when_the_client_came_over_https(behind: str, *, proto: str, secure: bool) -> None:
    answer = await log_in(behind, "all", PASSWORD, proto=proto)
    assert answer.status == 200
    assert answer.headers["Set-Cookie"].endswith("; Secure") is secure


async def test_guesses_are_held_against_the_clients_own_address(behind: str) -> None:
    assert await guessed(behind, "one", *["198.51.100.7"] * (LIMIT + 2)) == {400: LIMIT, 429: 2}
    assert await guessed(behind, "one", "198.51.100.8") == {400: 1}


async def test_what_a_client_says_of_itself_ahead_of_the_proxies_counts_for_nothing(behind: str) -> None:
    chains = [f"203.0.113.{number}, 198.51.100.9, 10.1.2.3" for number in range(LIMIT + 2)]
    assert await guessed(behind, "two", *chains) == {400: LIMIT, 429: 2}


async def test_a_gateway_that_trusts_nobody_believes_no_header(platform: Platform) -> None:
    answer = await log_in(platform.url, "all", PASSWORD, proto="https", **{"for": "198.51.100.7"})
    assert "Secure" not in answer.headers["Set-Cookie"]
    addresses = [f"203.0.113.{number}" for number in range(LIMIT + 2)]
    assert await guessed(platform.url, "three", *addresses) == {400: LIMIT, 429: 2}
