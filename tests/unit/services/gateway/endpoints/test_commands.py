"""What the gateway answers to a command that it does not forward."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.gateway.access import Access
from services.gateway.endpoints import commands
from services.gateway.endpoints.commands import BUSY, CommandEndpoint, Forwarder
from shared.accounts.callers import Callers
from shared.directory.replica import DirectoryReplica
from shared.http import bodies
from shared.http.memory_budget import OverBudgetError
from shared.mongo import connected, database

Receive = Callable[[], Awaitable[dict[str, Any]]]
SMALL = ((b"cookie", b"PI_SESSION=a"), (b"content-length", b"2"))


async def whole() -> dict[str, Any]:
    return {"type": "http.request", "body": b"{}"}


async def endless() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError("the wait has no end")


async def left() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def over_budget() -> dict[str, Any]:
    raise OverBudgetError("Too much.")


async def answered(
    receive: Receive, headers: tuple[tuple[bytes, bytes], ...] = SMALL
) -> tuple[int, dict[bytes, bytes], Any]:
    """Return status, headers and body of the answer to a command that arrives with `receive`. Nobody asks MongoDB."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PATCH", "raw_path": b"/", "query_string": b"", "headers": headers}
    async with connected("mongodb://127.0.0.1:1", timeout_ms=100) as client, Forwarder([]) as forwarder:
        access = Access(Callers(database(client, "unused")), DirectoryReplica("127.0.0.1:1", "unused"))
        await CommandEndpoint(access, forwarder)(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), json.loads(sent[1]["body"] or b"null")


async def test_a_command_without_a_command_service() -> None:
    status, headers, body = await answered(whole)
    assert (status, headers[b"retry-after"], headers[b"content-type"]) == (503, b"1", b"application/json")
    assert body == {
        "errorType": "Unavailable",
        "message": "No command service can be reached; send the command again.",
    }


async def test_a_command_without_a_session() -> None:
    headers = {b"content-length": b"0", b"www-authenticate": b"Bearer"}
    assert await answered(whole, SMALL[1:]) == (401, headers, None)


async def test_a_body_that_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    status, _, body = await answered(endless)
    assert (status, body["errorType"]) == (408, "BadRequest")


async def test_a_body_over_the_memory_budget() -> None:
    status, headers, body = await answered(over_budget)
    assert (status, headers[b"retry-after"]) == (503, b"1")
    assert body == {"errorType": "Unavailable", "message": "Too much."}


async def test_a_command_while_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "CONNECTIONS", 0)
    monkeypatch.setattr(commands, "WAITING", 0)
    status, headers, body = await answered(whole)
    assert (status, headers[b"retry-after"], body) == (503, b"1", {"errorType": "Unavailable", "message": BUSY})


async def test_a_client_that_left() -> None:
    assert (await answered(left))[0] == 400
