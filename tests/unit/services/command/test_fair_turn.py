"""Turns on a contended ticket: the next command pauses as long as one command took, without its client's time."""

import asyncio
from time import monotonic

import pytest

from services.command.fair_turn import LONGEST_PAUSE, FairTurn


async def take_turn(turn: FairTurn, seconds: float) -> float:
    """Run a command that takes so many seconds; return the seconds that it waited for its turn."""
    began = monotonic()
    async with turn:
        waited = monotonic() - began
        await asyncio.sleep(seconds)
    return waited


@pytest.mark.parametrize(("took", "idle", "least", "most"), [(0.1, 0.6, 0.1, 0.4), (1.0, 0.0, LONGEST_PAUSE, 0.9)])
async def test_a_pause_is_as_long_as_the_command_before_and_bounded(
    took: float, idle: float, least: float, most: float
) -> None:
    turn = FairTurn()
    turn.contended = True
    assert await take_turn(turn, took) < most
    await asyncio.sleep(idle)
    assert least <= await take_turn(turn, 0) < most


async def test_a_pause_that_is_given_up_is_not_made_again() -> None:
    turn = FairTurn()
    turn.contended = True
    await take_turn(turn, 0.5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await take_turn(turn, 0)
    assert await take_turn(turn, 0) < 0.2
