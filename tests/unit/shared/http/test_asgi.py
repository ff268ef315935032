"""Requests that bypass the framework: which endpoint answers them, and the answer when it fails."""

from typing import Any

import pytest

from shared.http.asgi import App, Shortcuts


async def answer_to(app: App, method: str, path: str) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({"type": "http", "method": method, "path": path, "headers": []}, receive, send)
    return sent[0]["status"], sent[1]["body"]


def answering(name: str) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        ticket = scope["path_params"].get("ticket_uid", "")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"{name} {ticket}".strip().encode()})

    return app


SHORTCUTS = Shortcuts(
    answering("app"),
    whole={("POST", "/tickets"): answering("open")},
    below={("PATCH", "/tickets"): answering("change")},
)


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("POST", "/tickets", b"open"),
        ("PATCH", "/tickets/17", b"change 17"),
        ("PATCH", "/tickets", b"app"),
        ("PATCH", "/tickets/", b"app"),
        ("PATCH", "/tickets/17/18", b"app"),
        ("POST", "/tickets/17", b"app"),
        ("GET", "/tickets", b"app"),
    ],
)
async def test_a_route_is_found_by_method_and_whole_path(method: str, path: str, taken: bytes) -> None:
    assert await answer_to(SHORTCUTS, method, path) == (200, taken)


async def test_a_failing_endpoint_is_answered_with_500() -> None:
    async def fails(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ZeroDivisionError

    shortcuts = Shortcuts(answering("app"), whole={("POST", "/tickets"): fails}, below={})
    status, body = await answer_to(shortcuts, "POST", "/tickets")
    assert (status, body) == (
        500,
        b'{"errorType":"ServerError","message":"The server failed to answer; the failure was logged."}',
    )
