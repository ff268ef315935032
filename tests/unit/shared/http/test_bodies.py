"""Reading bodies: complete, too long, too slow, and over the budget."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.http import bodies
from shared.http.bodies import SMALL_BODY, ClientLeftError, SlowBodyError, read_body
from shared.http.memory_budget import MemoryBudget, OverBudgetError


def receiving(*chunks: bytes, ends: bool = True) -> Any:
    """Return ASGI's `receive` of a request with these chunks. With `ends=False`, it then waits forever."""
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or not ends}

    return receive


@pytest.mark.parametrize(
    ("chunks", "limit", "expected"),
    [
        ([b""], 10, b""),
        ([b"one"], 10, b"one"),
        ([b"one", b"", b"two"], 10, b"onetwo"),
        ([b"one", b"two"], 3, b"onet"),
    ],
)
async def test_a_body_is_read_until_it_is_whole_or_too_long(
    chunks: Sequence[bytes], limit: int, expected: bytes
) -> None:
    assert await read_body(receiving(*chunks), limit) == expected


async def test_the_rest_of_a_body_that_is_too_long_is_not_waited_for() -> None:
    async with asyncio.timeout(5):
        assert await read_body(receiving(b"one", b"two", ends=False), 5) == b"onetwo"


async def test_a_body_that_does_not_arrive_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    with pytest.raises(SlowBodyError):
        await read_body(receiving(b"one", ends=False), 10)


async def test_a_client_that_leaves_is_not_waited_for() -> None:
    async def left() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientLeftError):
        await read_body(left, 10)


async def test_large_bodies_count_as_they_arrive_and_small_ones_do_not_count() -> None:
    budget = MemoryBudget(3 * SMALL_BODY, for_one=3 * SMALL_BODY)
    half = b"x" * SMALL_BODY
    with budget.share("anna") as one, budget.share("anna") as other, budget.share("ben") as small:
        assert len(await read_body(receiving(half, half), 10 * SMALL_BODY, one)) == 2 * SMALL_BODY
        with pytest.raises(OverBudgetError):
            await read_body(receiving(half, b"x", half), 10 * SMALL_BODY, other)
        assert len(await read_body(receiving(half), 10 * SMALL_BODY, small)) == SMALL_BODY
