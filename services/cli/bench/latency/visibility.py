"""How long after its answer a command shows in what lists are read from."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from services.cli.bench.failure import BenchFailed
from services.cli.bench.load import load
from services.cli.bench.pacing import paced
from services.cli.bench.stack import COMMAND, Stack
from services.cli.bench.writes.workload import event_of, lives
from shared.mongo import Database

CONNECTIONS = 64
LOOKED_FOR = 50
"""Commands a second that are looked for: looking is not to be the load."""
LOOK_SECONDS = 0.001
SHOWN_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from an answer until the views showed its event, at a number of commands a second."""

    rate: float
    seconds: Sequence[float]


async def highest_rate(stack: Stack, seconds: float) -> float:
    """Tell how many commands a second are answered when `CONNECTIONS` ask all the time; raises `BenchFailed`."""
    return (await load(stack.ports[COMMAND], CONNECTIONS, seconds, partial(lives, stack.cookie), {})).rate


async def delays(stack: Stack, rate: float, seconds: float) -> Delays:
    """Send `rate` commands a second, and look until the views show some of their events; raises `BenchFailed`.

    What is asked is MongoDB, with the read concern of the gateway's snapshots, over and over: a list that was asked for
    at the moment a ticket is found there would have shown it.
    """
    looking: list[asyncio.Task[float]] = []
    answered = 0
    each = max(1, round(rate / LOOKED_FOR))

    def look(head: bytes, moment: float) -> None:
        nonlocal answered
        answered += 1
        if answered % each == 0:
            looking.append(asyncio.create_task(_shown(stack.db, event_of(head), moment)))

    began = perf_counter()
    try:
        await paced(stack.ports[COMMAND], partial(lives, stack.cookie), rate, seconds, look)
        lasted = perf_counter() - began
        async with asyncio.timeout(SHOWN_WITHIN):
            return Delays(answered / lasted, await asyncio.gather(*looking))
    except TimeoutError as late:
        raise BenchFailed(f"the views did not show a command {SHOWN_WITHIN:g} s after its answer") from late
    finally:
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


async def _shown(db: Database, event: str, answered: float) -> float:
    ticket, _, version = event.partition(":")
    wanted = {"_id": ticket, "version": {"$gte": int(version)}}
    while await db.tickets.find_one(wanted, {"_id": 1}) is None:
        await asyncio.sleep(LOOK_SECONDS)
    return perf_counter() - answered
