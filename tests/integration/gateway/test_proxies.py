"""A gateway behind a proxy: client address and scheme are accepted from trusted proxies only."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest

from services.gateway.passwords.checks import AT_ONCE, WAITING
from tests.integration.gateway.gateway_platform import PASSWORD, Platform, add_guessed, gateway
from tests.support.clients.http import Answer, answering, free_port, request
from tests.support.expected.views import until

LIMIT = 10
"""Wrong passwords that one address may try at once for a login."""


@pytest.fixture(scope="module")
async def behind(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Yield the URL of a gateway that trusts this machine and the proxies of a network."""
    port, log = free_port(), tmp_path_factory.mktemp("proxied") / "log"
    url, trusted = f"http://127.0.0.1:{port}", "127.0.0.1, 10.1.0.0/16"
    async with gateway(
        platform.settings, "proxied", port, platform.commands.urls, Path(log), trusted_proxies=trusted
    ) as process:
        await answering(url, process, log)
        await add_guessed(platform.db, "one", "two", "three", "four", "five", "six")
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


@pytest.mark.parametrize(
    ("origin", "proto", "status"),
    [
        ("https://tickets.example.org", "https", 200),
        ("https://tickets.example.org:443", "https", 200),
        ("http://tickets.example.org", "https", 403),
        ("https://tickets.example.org", "http", 403),
        ("https://example.org", "https", 403),
    ],
)
async def test_the_gateways_own_address_is_the_one_that_the_client_asked(
    behind: str, *, origin: str, proto: str, status: int
) -> None:
    headers = {"Host": "tickets.example.org", "X-Forwarded-Proto": proto, "Origin": origin}
    sent = {"login": "all", "password": PASSWORD}
    assert (await request("POST", f"{behind}/api/v1/login", json=sent, headers=headers)).status == status


async def test_guesses_count_for_the_clients_own_address(behind: str) -> None:
    assert await guessed(behind, "one", *["198.51.100.7"] * (LIMIT + 2)) == {400: LIMIT, 429: 2}
    assert await guessed(behind, "one", "198.51.100.8") == {400: 1}


async def test_addresses_that_a_client_adds_before_the_proxies_are_ignored(behind: str) -> None:
    chains = [f"203.0.113.{number}, 198.51.100.9, 10.1.2.3" for number in range(LIMIT + 2)]
    assert await guessed(behind, "two", *chains) == {400: LIMIT, 429: 2}


async def test_guesses_count_for_the_network_of_an_ipv6_client(behind: str) -> None:
    addresses = [f"2001:db8:0:1::{number}" for number in range(LIMIT + 2)]
    assert await guessed(behind, "four", *addresses) == {400: LIMIT, 429: 2}
    assert await guessed(behind, "four", "2001:db8:0:2::1") == {400: 1}
    assert await guessed(behind, "five", *["::ffff:198.51.100.7", "198.51.100.7"] * LIMIT) == {400: LIMIT, 429: LIMIT}


async def test_strangers_from_many_addresses_do_not_block_known_logins(behind: str) -> None:
    home = {"for": "198.51.100.1"}
    assert (await log_in(behind, "all", PASSWORD, **home)).status == 200
    strangers = [
        asyncio.create_task(log_in(behind, f"stranger {number}", "x", **{"for": f"203.0.113.{number}"}))
        for number in range(AT_ONCE + WAITING + 20)
    ]
    await asyncio.wait(strangers, return_when=asyncio.FIRST_COMPLETED)  # one is refused: the limit is reached
    for login in ("all", "north"):
        assert (await log_in(behind, login, PASSWORD, **home)).status == 200
    statuses = Counter(answer.status for answer in await asyncio.gather(*strangers))
    assert statuses.keys() == {400, 503}


async def test_every_gateway_learns_the_addresses_of_successful_logins(
    behind: str, platform: Platform, tmp_path: Path
) -> None:
    """A login with too many attempts from elsewhere still works where its owner has logged in before."""
    before, meanwhile = {"for": "198.51.100.21"}, {"for": "2001:db8:0:21::1"}
    assert (await log_in(behind, "six", PASSWORD, **before)).status == 200
    port, log = free_port(), tmp_path / "log"
    url, more = f"http://127.0.0.1:{port}", {"trusted_proxies": "127.0.0.1"}
    async with gateway(platform.settings, "later", port, platform.commands.urls, log, **more) as process:
        await answering(url, process, log)
        assert (await log_in(behind, "six", PASSWORD, **meanwhile)).status == 200
        strangers = map(str, map(ip_address, count(int(ip_address("203.0.113.0")))))

        async def use_up() -> int:
            """Guess from addresses never used before, until the login has no attempt left; return the attempts."""
            for attempts, stranger in enumerate(strangers):
                if await guessed(url, "six", stranger) == {429: 1}:
                    return attempts
            raise AssertionError

        async def is_let_in(known: dict[str, str]) -> bool:
            await use_up()  # the attempts that have come back meanwhile
            return (await log_in(url, "six", PASSWORD, **known)).status == 200

        assert await use_up() >= 50
        for known in (before, meanwhile):
            await until(partial(is_let_in, known))


async def test_one_user_at_several_addresses_does_not_block_known_logins(behind: str) -> None:
    addresses = [f"192.0.2.{number}" for number in range((AT_ONCE + WAITING) // LIMIT + 1)]
    for address in addresses:
        assert (await log_in(behind, "park", PASSWORD, **{"for": address})).status == 200
    home = {"for": "198.51.100.2"}
    assert (await log_in(behind, "all", PASSWORD, **home)).status == 200
    busy = [asyncio.create_task(log_in(behind, "park", PASSWORD, **{"for": address})) for address in addresses * LIMIT]
    await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)  # one is refused: the limit is reached
    assert (await log_in(behind, "all", PASSWORD, **home)).status == 200
    assert Counter(answer.status for answer in await asyncio.gather(*busy)).keys() == {200, 503}


@pytest.mark.usefixtures("behind")
async def test_a_gateway_without_trusted_proxies_ignores_their_headers(platform: Platform) -> None:
    answer = await log_in(platform.url, "all", PASSWORD, proto="https", **{"for": "198.51.100.7"})
    assert "Secure" not in answer.headers["Set-Cookie"]
    addresses = [f"203.0.113.{number}" for number in range(LIMIT + 2)]
    assert await guessed(platform.url, "three", *addresses) == {400: LIMIT, 429: 2}
