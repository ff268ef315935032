"""Turns on a contended ticket: the next command pauses as long as one command took, without its client's time."""

import asyncio
from types import SimpleNamespace

import pytest

from services.command import fair_turn
from services.command.fair_turn import LONGEST_PAUSE, FairTurn


class Clock:
    """A clock that only sleepers and tests move, so that a busy machine changes no measured time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stopped = False
        """Whether sleepers sleep for ever."""

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if self.stopped:
            await asyncio.Event().wait()
        self.now += seconds

    async def take_turn(self, turn: FairTurn, seconds: float) -> float:
        """Run a command that takes so many seconds; return the seconds that it waited for its turn."""
        began = self.now
        async with turn:
            waited = self.now - began
            self.now += seconds
        return waited


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fair_turn, "monotonic", clock.monotonic)
    monkeypatch.setattr(fair_turn, "asyncio", SimpleNamespace(sleep=clock.sleep))
    return clock


@pytest.mark.parametrize(("took", "idle", "pause"), [(0.1, 0.6, 0.1), (1.0, 0.0, LONGEST_PAUSE)])
async def test_a_pause_is_as_long_as_the_command_before_and_bounded(
    clock: Clock, took: float, idle: float, pause: float
) -> None:
    turn = FairTurn()
    turn.contended = True
    assert await clock.take_turn(turn, took) == 0
    clock.now += idle
    assert await clock.take_turn(turn, 0) == pytest.approx(pause)


async def test_a_pause_that_is_given_up_is_not_made_again(clock: Clock) -> None:
    turn = FairTurn()
    turn.contended = True
    await clock.take_turn(turn, 0.5)
    clock.stopped = True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await clock.take_turn(turn, 0)
    assert await clock.take_turn(turn, 0) == 0
