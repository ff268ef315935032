"""The platform of compose.tls.yml: HTTPS at the edge, no other entrance, and client addresses that arrive behind it."""

import asyncio
import os
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from services.cli.demo.player import shows
from tests.docker.composed import LOGIN, PASSWORD, TOP, Composed, composed
from tests.support.clients.http import Answer, request
from tests.support.processes.certificates import self_signed

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


async def test_cookies_travel_over_https_alone(platform: Composed) -> None:
    answer = await log_in(platform, LOGIN, PASSWORD)
    assert answer.status == 200
    assert answer.headers["Set-Cookie"].endswith("; Secure")


async def test_localhost_sends_no_hsts_header(platform: Composed) -> None:
    answer = await log_in(platform, LOGIN, PASSWORD)
    assert "Strict-Transport-Security" not in answer.headers


async def test_it_answers_at_its_address_as_well(platform: Composed) -> None:
    answer = await request("GET", f"https://127.0.0.1:{platform.port}/api/v1/tickets", ssl=platform.trusted)
    assert answer.status == 401


async def head(platform: Composed, *pieces: bytes) -> tuple[bytes, float]:
    """Send parts of a request head; return what came back until the connection ended, and the seconds that took."""
    began = monotonic()
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("localhost", platform.port, ssl=platform.trusted)
        writer.writelines((b"GET /api/v1/tickets HTTP/1.1\r\nHost: localhost\r\n", *pieces))
        answer = await reader.read()
        writer.close()
    return answer, monotonic() - began


async def test_a_head_that_does_not_end_is_given_up(platform: Composed) -> None:
    answer, seconds = await head(platform, b"A: b\r\n")
    assert answer == b""
    assert 8 < seconds < 15


@pytest.mark.parametrize(
    "fields", [b"A: b\r\n" * 101, b"A: " + b"b" * 33_000 + b"\r\n", b"A: " + b"b" * 200_000 + b"\r\n"]
)
async def test_a_large_head_is_refused(platform: Composed, fields: bytes) -> None:
    answer, _ = await head(platform, b"Connection: close\r\n", fields, b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


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

    async def guess(headers: dict[str, str]) -> Answer:
        while (answer := await log_in(platform, "someone", "x", **headers)).status == 503:
            pass  # a busy machine had no turn for it, and did not count it
        return answer

    answers = await asyncio.gather(*map(guess, forged))
    assert Counter(answer.status for answer in answers) == {400: 10, 429: 2}


async def test_without_a_gateway_the_answer_is_503_with_retry_after(platform: Composed) -> None:
    await platform.compose("stop", "gateway")
    answer = await log_in(platform, LOGIN, PASSWORD)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.body.startswith(b'{"errorType":"Unavailable"')
    await platform.compose("up", "--wait")
    assert (await log_in(platform, LOGIN, PASSWORD)).status == 200


async def test_a_given_certificate_is_served_with_hsts(platform: Composed, tmp_path: Path) -> None:
    name = "tickets.example.org"
    certificate, key = await self_signed(tmp_path, name)
    certificate.rename(tmp_path / "tls.crt")
    key.rename(tmp_path / "tls.key")
    relative = os.path.relpath(tmp_path, TOP / "deploy")
    named = {"TICKETSTREAM_CERTIFICATES": f"deploy/{relative}", "TICKETSTREAM_DOMAIN": name}
    own = replace(platform, environment={**platform.environment, **named})
    await own.compose("up", "--wait")
    trusted = ssl.create_default_context(cafile=tmp_path / "tls.crt")
    url = f"https://127.0.0.1:{platform.port}/api/v1/tickets"
    answer = await request("GET", url, headers={"Host": name}, ssl=trusted, server_hostname=name)
    assert answer.status == 401
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
