import asyncio
from time import monotonic

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from services.gateway.answers.waiting import AT_ONCE, FOR_ONE_USER, CannotWaitError, Waiting

LONG = 60.0


def request(*messages: Message) -> Request:
    """Return a request of which `messages` come one after the other, and then nothing more."""
    coming = list(messages)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return coming.pop(0) if coming else await asyncio.get_running_loop().create_future()

    return Request({"type": "http"}, receive)


BODY = {"type": "http.request", "body": b"nobody reads this", "more_body": True}


async def test_a_wait_lasts_as_long_as_is_wanted() -> None:
    began = monotonic()
    await Waiting().sleep(0.2, request(BODY, BODY))
    assert monotonic() - began >= 0.19


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    await Waiting().sleep(-5, request())


async def test_a_wait_ends_when_the_client_leaves() -> None:
    with pytest.raises(ClientDisconnect):
        await Waiting().sleep(LONG, request(BODY, {"type": "http.disconnect"}))


async def test_all_waits_end_when_the_service_stops() -> None:
    waiting = Waiting()
    waits = [asyncio.create_task(waiting.sleep(LONG, request())) for _ in range(3)]
    short = asyncio.create_task(waiting.sleep(0, request()))
    await asyncio.sleep(0)
    waiting.stop()
    ended = await asyncio.gather(*waits, short, waiting.sleep(LONG, request()), return_exceptions=True)
    assert [type(each) for each in ended] == [CannotWaitError] * 5


def test_places_are_bounded_for_one_user_and_in_all_and_given_back() -> None:
    waiting = Waiting()
    held = [waiting.place(f"user {number // FOR_ONE_USER}") for number in range(AT_ONCE)]
    for place in held[:FOR_ONE_USER]:
        place.__enter__()
    with pytest.raises(CannotWaitError, match="of this user"), waiting.place("user 0"):
        pass
    for place in held[FOR_ONE_USER:]:
        place.__enter__()
    with pytest.raises(CannotWaitError, match="Too many requests wait"), waiting.place("another"):
        pass
    held[0].__exit__(None, None, None)
    with waiting.place("another"):
        assert len(waiting) == AT_ONCE
    for place in held[1:]:
        place.__exit__(None, None, None)
    assert len(waiting) == 0
