from typing import Any

import pytest

from shared.http.other_sites import OtherSites, comes_from_elsewhere

Headers = dict[str, str] | list[tuple[str, str]]


def raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(name.lower().encode(), value.encode()) for name, value in pairs]


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        ("http", {}),
        ("http", {"Host": "example.org"}),
        ("http", {"Host": "example.org", "Origin": "http://example.org"}),
        ("http", {"Host": "Example.ORG:80", "Origin": "http://example.org"}),
        ("http", {"Host": "example.org", "Origin": "http://example.org:80"}),
        ("https", {"Host": "example.org:443", "Origin": "HTTPS://example.org"}),
        ("https", {"Host": "example.org:8443", "Origin": "https://example.org:8443"}),
        ("http", {"Host": "[::1]:8000", "Origin": "http://[::1]:8000"}),
        ("https", {"Host": "[2001:db8::443]", "Origin": "https://[2001:db8::443]"}),
        ("http", {"Sec-Fetch-Site": "none"}),
        ("http", {"Host": "a", "Sec-Fetch-Site": "same-origin", "Origin": "http://a"}),
    ],
)
def test_programs_and_pages_of_the_same_origin_are_not_from_elsewhere(scheme: str, headers: Headers) -> None:
    assert not comes_from_elsewhere(scheme, raw(headers))


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        ("http", {"Sec-Fetch-Site": "cross-site"}),
        ("http", {"Sec-Fetch-Site": "same-site"}),
        ("http", {"Sec-Fetch-Site": ""}),
        ("http", {"Host": "a", "Origin": "http://a", "Sec-Fetch-Site": "same-site"}),
        ("http", {"Host": "a", "Origin": "http://b", "Sec-Fetch-Site": "same-origin"}),
        ("http", [("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")]),
        ("http", {"Host": "a", "Origin": "null"}),
        ("http", {"Host": "null", "Origin": "null"}),
        ("http", {"Host": "a", "Origin": ""}),
        ("http", {"Host": "a:8000", "Origin": "http://a:8001"}),
        ("http", {"Host": "a:8000", "Origin": "http://a"}),
        ("http", {"Host": "a", "Origin": "http://a:443"}),
        ("http", {"Host": "a", "Origin": "https://a"}),
        ("https", {"Host": "a", "Origin": "http://a"}),
        ("https", {"Host": "a.example.org", "Origin": "https://b.example.org"}),
        ("https", {"Host": "example.org", "Origin": "https://example.org.evil"}),
        ("http", {"Host": "a", "Origin": "http://b http://a"}),
        ("http", [("Host", "a"), ("Origin", "http://a"), ("Origin", "http://b")]),
        ("http", [("Host", "a"), ("Host", "b"), ("Origin", "http://b")]),
        ("http", {"Origin": "http://a"}),
    ],
)
def test_pages_of_another_origin_are_from_elsewhere(scheme: str, headers: Headers) -> None:
    assert comes_from_elsewhere(scheme, raw(headers))


async def asked(method: str, path: str, headers: Headers) -> int:
    """Return the status of the answer. The wrapped application answers 200."""
    statuses: list[int] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> None:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": method, "path": path, "scheme": "http", "headers": raw(headers)}
    await OtherSites(app, always=["/login"])(scope, receive, send)
    (status,) = statuses
    return status


COOKIE, ELSEWHERE = {"Cookie": "PI_SESSION=a"}, {"Host": "a", "Origin": "http://b"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/", COOKIE, 200),
        ("POST", "/", COOKIE | ELSEWHERE, 403),
        ("PATCH", "/", COOKIE | ELSEWHERE, 403),
        ("OPTIONS", "/", COOKIE | ELSEWHERE, 403),
        ("GET", "/", COOKIE | ELSEWHERE, 200),
        ("HEAD", "/", COOKIE | ELSEWHERE, 200),
        ("POST", "/", ELSEWHERE, 200),
        ("POST", "/", ELSEWHERE | {"Authorization": "Bearer token"}, 200),
        ("POST", "/", ELSEWHERE | COOKIE | {"Authorization": "Bearer token"}, 403),
        ("POST", "/login", {}, 200),
        ("POST", "/login", ELSEWHERE, 403),
        ("GET", "/login", ELSEWHERE, 200),
    ],
)
async def test_requests_that_may_change_something_with_a_session_are_refused(
    method: str, path: str, headers: Headers, status: int
) -> None:
    assert await asked(method, path, headers) == status
