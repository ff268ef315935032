"""Measures the relay: the time from an answer to the event in the topic, and its speed through a backlog."""

import asyncio
from contextlib import aclosing
from functools import partial

from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import COMMAND, BenchStack
from services.cli.bench.pacing import paced
from services.cli.bench.watched_topic import WatchedTopic
from services.cli.bench.writes.workload import event_of, lives
from shared.storage.publication import follow_from_start

RATE = 50
"""Commands a second while the time to the topic is measured."""
ARRIVED_WITHIN = 20.0


async def delays(stack: BenchStack, topic: WatchedTopic, seconds: float) -> list[float]:
    """Return the seconds from each answer until its event is in the topic, at `RATE` commands a second.

    Raises `BenchError`.
    """
    arrived: dict[str, float] = {}

    async def watch() -> None:
        async with aclosing(topic.arrivals()) as arrivals:
            async for event, moment in arrivals:
                arrived.setdefault(event, moment)

    answered: dict[str, float] = {}

    def keep(head: bytes, moment: float) -> None:
        answered[event_of(head)] = moment

    watching = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(seconds + ARRIVED_WITHIN):
            await paced(stack.ports[COMMAND], partial(lives, stack.cookie), RATE, seconds, keep)
            while not answered.keys() <= arrived.keys():
                if watching.done():
                    watching.result()
                await asyncio.sleep(0.01)
    except TimeoutError as late:
        raise BenchError(f"events were not in the topic {ARRIVED_WITHIN:g} s after the last answer") from late
    finally:
        watching.cancel()
        await asyncio.wait({watching})
    topic.expected += len(answered)
    return [arrived[event] - moment for event, moment in answered.items()]


async def throughput(stack: BenchStack, topic: WatchedTopic) -> float:
    """Make the relay publish all events again from the first change of the store; return the events a second.

    Nothing else runs meanwhile. Raises `BenchError` or `StartError`.
    """
    await stack.programs.stop(COMMAND)
    await follow_from_start(stack.db)
    topic.expected += topic.expected
    await stack.programs.start_again(COMMAND)
    seen = await topic.filled()
    (began, first), (ended, last) = next(pair for pair in seen if pair[1] > seen[0][1]), seen[-1]
    return (last - first) / (ended - began)
