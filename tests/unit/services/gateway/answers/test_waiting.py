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


async def test_a_block_ends_when_the_client_leaves() -> None:
    waiting = Waiting()
    with pytest.raises(ClientDisconnect):
        async with waiting.present(request(BODY, {"type": "http.disconnect"}).receive):
            await asyncio.sleep(LONG)


async def test_blocks_end_when_the_service_stops_and_none_begins_later() -> None:
    waiting = Waiting()

    async def present() -> None:
        async with waiting.present(request().receive):
            await asyncio.sleep(LONG)

    blocks = [asyncio.create_task(present()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting.stop()
    ended = await asyncio.gather(*blocks, present(), return_exceptions=True)
    assert [type(each) for each in ended] == [CannotWaitError] * 4


async def test_a_block_that_is_over_is_left_alone() -> None:
    waiting, leaving = Waiting(), asyncio.Event()

    async def receive() -> Message:
        await leaving.wait()
        return {"type": "http.disconnect"}

    with pytest.raises(TimeoutError, match="of the block"):
        async with waiting.present(receive):
            raise TimeoutError("of the block")
    async with waiting.present(receive):
        pass
    leaving.set()
    waiting.stop()
    await asyncio.sleep(0.01)


def test_the_refusal_is_that_of_the_requests_that_are_limited() -> None:
    streams = Waiting(2, 1, "Too many streams{of_user} are open.")
    with streams.place("one"), streams.place("two"):
        for user, message in (
            ("one", "Too many streams of this user are open."),
            ("three", "Too many streams are open."),
        ):
            with pytest.raises(CannotWaitError) as refused, streams.place(user):
                pass
            assert str(refused.value) == message
