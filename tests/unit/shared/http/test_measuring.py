"""The route by which a request is counted."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from shared.http.measuring import Measured
from shared.telemetry import HTTP_SECONDS
from shared.telemetry.access_log import OTHER

PATHS = ["/", "/api/v1/tickets", "/api/v1/tickets/stats", "/api/v1/tickets/{ticket_uid}"]


def request(path: str) -> dict[str, object]:
    return {"type": "http", "method": "GET", "path": path, "headers": []}


async def answering(_scope: object, _receive: object, send: object) -> None:
    assert callable(send)
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body"})


async def failing(_scope: object, _receive: object, _send: object) -> None:
    raise ConnectionResetError


async def sent(_message: object) -> None:
    """Accept the answer."""


def counted(route: str, status: str) -> float:
    return REGISTRY.get_sample_value("ticketstream_http_seconds_count", {"route": route, "status": status}) or 0


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/tickets", "/api/v1/tickets"),
        ("/api/v1/tickets/stats", "/api/v1/tickets/stats"),
        ("/api/v1/tickets/9f1c", "/api/v1/tickets/{ticket_uid}"),
        ("/api/v1/tickets/9f1c/journal", OTHER),
        ("/", "/"),
        ("/nowhere", OTHER),
        ("", OTHER),
        ("/api/v1/" + "x" * 100, OTHER),
    ],
)
async def test_requests_are_counted_by_route_and_status(path: str, route: str) -> None:
    before = counted(route, "418")
    await Measured(answering, PATHS)(request(path), None, sent)
    assert counted(route, "418") == before + 1


async def test_a_request_as_long_as_an_export_has_a_bucket() -> None:
    await Measured(answering, PATHS)(request("/api/v1/tickets"), None, sent)
    (family,) = HTTP_SECONDS.collect()
    bounds = {sample.labels["le"] for sample in family.samples if sample.name.endswith("_bucket")}
    assert bounds >= {"5.0", "10.0", "30.0", "60.0", "+Inf"}


async def test_a_request_without_an_answer_is_counted_too() -> None:
    before = counted(OTHER, "none")
    with pytest.raises(ConnectionResetError):
        await Measured(failing, PATHS)(request("/nowhere"), None, sent)
    assert counted(OTHER, "none") == before + 1


async def test_a_stream_is_measured_to_the_beginning_of_its_answer() -> None:
    route, before = "/api/v1/tickets", total("/api/v1/tickets", "200")

    async def streaming(_scope: object, _receive: object, send: object) -> None:
        assert callable(send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.3)
        await send({"type": "http.response.body"})

    await Measured(streaming, PATHS, endless=[route])(request(route), None, sent)
    measured = total(route, "200")
    await Measured(streaming, PATHS, endless=["/another"])(request(route), None, sent)
    assert measured - before < 0.3 <= total(route, "200") - measured


def total(route: str, status: str) -> float:
    return REGISTRY.get_sample_value("ticketstream_http_seconds_sum", {"route": route, "status": status}) or 0
