"""Reading the body of a request: bounded in bytes, in time, and in the memory of all bodies together."""

from collections.abc import Iterable
from typing import Any

from shared.deadlines import within
from shared.http.memory_budget import MemoryBudget, Share
from shared.http.request_limits import BODY_SECONDS

SMALL_BODY = 16 * 1024
"""Bytes of the largest body that the budget does not count. Nearly all commands are small, so that large bodies of
others never block them."""
BODY_BUDGET = MemoryBudget(64 * 1024 * 1024, for_one=32 * 1024 * 1024)
"""Memory of a process for larger bodies, while they arrive and while they are processed. The part of a body that has
arrived counts."""


class ClientLeftError(Exception):
    """The client left before its request was complete: nobody reads an answer."""


class SlowBodyError(Exception):
    """The body did not arrive within `BODY_SECONDS`. The text is a sentence for the client (answer 408)."""


class LargeBodyError(Exception):
    """The body has more bytes than its endpoint reads. The text is a sentence for the client (answer 413)."""


async def read_body(receive: Any, limit: int, share: Share | None = None) -> bytes:
    """Return the body; of one with more than `limit` bytes, return the first `limit` + 1 and do not read the rest.

    `receive` is ASGI's. `share` holds a body larger than `SMALL_BODY`; without a share, the body must not be larger.
    Raises `ClientLeftError`, `SlowBodyError` or `OverBudgetError`.
    """
    body = bytearray()
    try:
        with within(BODY_SECONDS):
            while (message := await receive())["type"] == "http.request":
                body += message.get("body", b"")
                if share is not None and len(body) > SMALL_BODY:
                    share.hold(len(body))
                if len(body) > limit or not message.get("more_body"):
                    return bytes(body[: limit + 1])
    except TimeoutError:
        raise SlowBodyError(f"The body did not arrive within {BODY_SECONDS} seconds; send it again.") from None
    raise ClientLeftError


def is_small(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the request announces a body that the budget does not count."""
    return any(name == b"content-length" and int(value) <= SMALL_BODY for name, value in headers)
