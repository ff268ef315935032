"""The access log: one line for each request, with its route, and with nothing that a client may choose."""

import json
from typing import Any

import pytest

from shared.http.measuring import Measured
from shared.telemetry import AccessLog
from shared.telemetry.access_log import OTHER

PATHS = ["/api/v1/tickets", "/api/v1/tickets/stats", "/api/v1/tickets/{ticket_uid}", "/api/v1/login"]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
MARK = "Lefèvre-0639981234"


async def answering(_scope: object, _receive: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body"})


async def failing(_scope: object, _receive: object, _send: object) -> None:
    raise ConnectionResetError


async def sent(_message: object) -> None:
    """Accept the answer."""


def request(path: str, method: str = "GET", query: bytes = b"") -> dict[str, object]:
    headers = [(b"traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode()), (b"cookie", MARK.encode())]
    return {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}


async def logged(asked: dict[str, object], app: Any = answering) -> bytes:
    lines: list[bytes] = []
    measured = Measured(app, PATHS, access=AccessLog("gateway", lines.append, clock=lambda: 1_772_366_400.000_25))
    try:
        await measured(asked, None, sent)
    except ConnectionResetError:
        assert app is failing
    (line,) = lines
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    return line


async def test_a_line_has_the_facts_of_its_request_and_nothing_else() -> None:
    line = json.loads(await logged(request("/api/v1/tickets", query=b"fulltext=Lefevre")))
    assert line.pop("ms") >= 0
    assert list(line.items()) == [
        ("timestamp", "2026-03-01T12:00:00.000250Z"),
        ("event", "request"),
        ("level", "info"),
        ("process", "gateway"),
        ("method", "GET"),
        ("route", "/api/v1/tickets"),
        ("status", 418),
        ("trace", TRACE),
    ]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/tickets/stats", "/api/v1/tickets/stats"),
        (f"/api/v1/tickets/{MARK}", "/api/v1/tickets/{ticket_uid}"),
        ("/api/v1/tickets/%0a%22", "/api/v1/tickets/{ticket_uid}"),
        (f"/api/v1/tickets/{MARK}/journal", OTHER),
        (f"/{MARK}", OTHER),
        ('/"},{"event":"forged"}\n', OTHER),
        ("/\x00\x1b[2J", OTHER),
        ("/\ud800", OTHER),
        ("", OTHER),
        ("/" + MARK * 5_000, OTHER),
    ],
)
async def test_a_path_is_named_by_its_route_alone(path: str, route: str) -> None:
    line = await logged(request(path, query=f"fulltext={MARK}".encode()))
    assert json.loads(line)["route"] == route
    assert MARK not in line.decode()
    assert b"forged" not in line
    assert len(line) < 400


@pytest.mark.parametrize(("method", "known"), [("PATCH", "PATCH"), ("HEAD", "HEAD"), (MARK, "other"), ('G"T', "other")])
async def test_a_method_is_one_that_is_known(method: str, known: str) -> None:
    assert json.loads(await logged(request("/api/v1/login", method)))["method"] == known


async def test_a_request_without_an_answer_has_no_status() -> None:
    line = json.loads(await logged(request("/api/v1/login", "POST"), failing))
    assert line["status"] is None


async def test_without_a_log_there_is_no_line() -> None:
    await Measured(answering, PATHS)(request("/api/v1/tickets"), None, sent)


def test_each_second_has_its_own_time() -> None:
    moments = iter([0.999_999, 1.0, 59.5, 60.25])
    lines: list[bytes] = []
    log = AccessLog("gateway", lines.append, clock=lambda: next(moments))
    for _ in range(4):
        log.request("GET", "/", 200, 0.001_5, f"00-{TRACE}-00f067aa0ba902b7-01")
    said = [json.loads(line) for line in lines]
    assert [line["timestamp"][17:] for line in said] == ["00.999999Z", "01.000000Z", "59.500000Z", "00.250000Z"]
    assert [line["ms"] for line in said] == [1.5] * 4
