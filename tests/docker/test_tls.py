"""The platform of compose.tls.yml: HTTPS at the edge, no other way in, and the client known behind it."""

import asyncio
import os
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.demo.player import shows
from tests.docker.composed import LOGIN, PASSWORD, TOP, Composed, composed
from tests.support.certificates import self_signed
from tests.support.http import Answer, request

pytestmark = pytest.mark.docker

OVERLAY = "deploy/compose.tls.yml"
AUTHORITY = "/data/caddy/pki/authorities/local/root.crt"


@pytest.fixture(scope="module")
async def platform() -> AsyncIterator[Composed]:
    async with composed(OVERLAY) as running:
        root = await running.compose("exec", "-T", "edge", "cat", AUTHORITY)
        yield replace(running, trusted=ssl.create_default_context(cadata=root))


async def log_in(platform: Composed, login: str, password: str, **headers: str) -> Answer:
    sent = {"login": login, "password": password}
    return await request("POST", f"{platform.url}/api/v1/login", json=sent, headers=headers, ssl=platform.trusted)


async def test_it_plays_a_tickets_life_over_https(platform: Composed) -> None:
    ticket, events = await platform.play()
    assert shows(await platform.ticket(ticket), events)


async def test_cookies_travel_over_https_alone_and_browsers_are_told_to_stay_there(platform: Composed) -> None:
    answer = await log_in(platform, LOGIN, PASSWORD)
    assert answer.status == 200
    assert answer.headers["Set-Cookie"].endswith("; Secure")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_plain_http_is_refused(platform: Composed) -> None:
    answer = await request("GET", f"http://localhost:{platform.port}/api/v1/tickets")
    assert (answer.status, answer.body) == (400, b"Client sent an HTTP request to an HTTPS server.\n")


async def test_the_edge_is_the_only_way_in(platform: Composed) -> None:
    published = await platform.compose("ps", "--format", "{{.Service}} {{.Ports}}")
    reachable = [line for line in published.splitlines() if "->" in line]
    assert len(reachable) == 1
    assert reachable[0].startswith("edge ")
    assert re.findall(r"\S+->\S+", reachable[0]) == [f"127.0.0.1:{platform.port}->443/tcp"]


async def test_guesses_are_counted_by_the_address_that_the_edge_saw(platform: Composed) -> None:
    forged = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(12)]
    answers = await asyncio.gather(*(log_in(platform, "someone", "x", **headers) for headers in forged))
    assert Counter(answer.status for answer in answers) == {400: 10, 429: 2}


async def test_without_a_gateway_the_answer_is_503_and_says_to_come_back(platform: Composed) -> None:
    await platform.compose("stop", "gateway")
    answer = await log_in(platform, LOGIN, PASSWORD)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.body.startswith(b'{"errorType":"Unavailable"')
    await platform.compose("up", "--wait")
    assert (await log_in(platform, LOGIN, PASSWORD)).status == 200


async def test_a_certificate_of_ones_own_is_served(platform: Composed, tmp_path: Path) -> None:
    certificate, key = await self_signed(tmp_path)
    certificate.rename(tmp_path / "tls.crt")
    key.rename(tmp_path / "tls.key")
    relative = os.path.relpath(tmp_path, TOP / "deploy")
    environment = {**platform.environment, "TICKETSTREAM_CERTIFICATES": f"deploy/{relative}"}
    trusted = ssl.create_default_context(cafile=tmp_path / "tls.crt")
    own = replace(platform, environment=environment, trusted=trusted)
    await own.compose("up", "--wait")
    ticket, events = await own.play()
    assert shows(await own.ticket(ticket), events)
