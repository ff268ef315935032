"""Endpoints without a router: their answers, and the answers to their failures."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from shared.http.answers import ERROR_ANSWERS, Answering, error


class RefusedError(Exception):
    """What an endpoint refuses."""


class RefusedNowError(RefusedError):
    """A kind of it."""


async def refused(_request: Request, refusal: Exception) -> Response:
    return error(503, "Unavailable", str(refusal))


HANDLERS = {**ERROR_ANSWERS, RefusedError: refused}


class Failing(Response):
    """An answer that fails, before its beginning or behind it."""

    def __init__(self, failure: Exception, *, begins: bool) -> None:
        super().__init__()
        self.failure = failure
        self.begins = begins

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise self.failure


async def sent_by(answer: Response | Exception) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def endpoint(_request: Request) -> Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/tickets", "headers": []}
    await Answering(endpoint, HANDLERS)(scope, receive, send)
    return sent


async def test_what_the_endpoint_returns_is_sent() -> None:
    start, body = await sent_by(Response(b"tickets", 206))
    assert (start["status"], body["body"]) == (206, b"tickets")


@pytest.mark.parametrize(
    "failing", [RefusedNowError("full"), Failing(RefusedNowError("full"), begins=False)], ids=["endpoint", "answer"]
)
async def test_an_exception_is_answered_by_the_handler_of_its_kind(failing: Response | Exception) -> None:
    start, body = await sent_by(failing)
    assert (start["status"], body["body"]) == (503, b'{"errorType":"Unavailable","message":"full"}')


async def test_an_unexpected_failure_is_answered_with_500() -> None:
    start, body = await sent_by(ZeroDivisionError("a text"))
    assert start["status"] == 500
    assert b"a text" not in body["body"]


async def test_an_answer_that_has_begun_is_not_followed_by_another() -> None:
    with pytest.raises(RefusedError):
        await sent_by(Failing(RefusedError("full"), begins=True))


async def test_a_failure_that_requests_share_collects_no_traceback() -> None:
    shared = RefusedError("full")
    for _ in range(2):
        await sent_by(shared)
        assert shared.__traceback__ is None
