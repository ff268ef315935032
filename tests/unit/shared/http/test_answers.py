"""Answers with many items. Large ones count against the budget until the client has read them."""

import asyncio
import json
from typing import Any

import pytest

from shared.http import answers as web
from shared.http.answers import SMALL_ANSWER, json_items
from shared.http.memory_budget import MemoryBudget, OverBudgetError

Message = dict[str, Any]


def answer(items: list[bytes]) -> Any:
    return json_items(b'{"result":[', items, b"]}", 206, {"Content-Range": "0-1/2"})


async def sent(items: list[bytes]) -> list[Message]:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await answer(items)({"type": "http", "user": "anna"}, None, send)
    return messages


@pytest.mark.parametrize(
    ("items", "bodies"),
    [
        ([], 1),
        ([b"1"], 1),
        ([b"1", b'"two"'], 1),
        ([b'"%s"' % (b"x" * SMALL_ANSWER)], 2),
        ([b'"%s"' % (b"x" * (SMALL_ANSWER // 2))] * 3, 2),
    ],
)
async def test_items_are_sent_as_one_json_array_of_known_length(items: list[bytes], bodies: int) -> None:
    start, *parts = await sent(items)
    body = b"".join(part.get("body", b"") for part in parts)
    headers = dict(start["headers"])
    assert (start["status"], headers[b"content-range"], headers[b"content-type"]) == (
        206,
        b"0-1/2",
        b"application/json",
    )
    assert headers[b"content-length"] == str(len(body)).encode()
    assert json.loads(body) == {"result": [json.loads(item) for item in items]}
    assert len(parts) == bodies
    assert [part.get("more_body", False) for part in parts] == [True] * (bodies - 1) + [False]


async def test_large_answers_count_until_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "ANSWER_BUDGET", MemoryBudget(3 * SMALL_ANSWER, for_one=3 * SMALL_ANSWER))
    large, taken = b'"%s"' % (b"x" * 2 * SMALL_ANSWER), asyncio.Event()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            await taken.wait()

    slow = asyncio.create_task(answer([large])({"type": "http", "user": "ben"}, None, send))
    await asyncio.sleep(0)
    with pytest.raises(OverBudgetError):
        await sent([large])
    assert await sent([b"1"])
    taken.set()
    await slow
    assert await sent([large])


async def test_an_answer_that_is_not_read_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.02)
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    await answer([b'"%s"' % (b"x" * SMALL_ANSWER)])({"type": "http", "user": "anna"}, None, send)
    assert [message.get("more_body") for message in messages] == [None, True]
