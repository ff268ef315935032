"""How fast the relay is: from an answer to the event in the topic, and through a backlog."""

import asyncio
from contextlib import aclosing
from functools import partial

from services.cli.bench.failure import BenchFailed
from services.cli.bench.pacing import paced
from services.cli.bench.stack import COMMAND, Stack
from services.cli.bench.topic import Topic
from services.cli.bench.writes.workload import event_of, lives

RATE = 50
"""Commands a second at which the way to the topic is timed."""
ARRIVED_WITHIN = 20.0


async def delays(stack: Stack, topic: Topic, seconds: float) -> list[float]:
    """Time how long after its answer an event is in the topic, at `RATE` commands a second; in seconds.

    Raises `BenchFailed`.
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
        raise BenchFailed(f"events were not in the topic {ARRIVED_WITHIN:g} s after the last answer") from late
    finally:
        watching.cancel()
        await asyncio.wait({watching})
    topic.expected += len(answered)
    return [arrived[event] - moment for event, moment in answered.items()]


async def throughput(stack: Stack, topic: Topic) -> float:
    """Have all events published once more, from the store's first change on, and tell how many a second that is.

    Nothing else happens meanwhile. Raises `BenchFailed` or `CannotStart`.
    """
    await stack.programs.stop(COMMAND)
    await stack.db.progress.update_one({"_id": "relay"}, {"$set": {"token": None}})
    topic.expected += topic.expected
    await stack.programs.start_again(COMMAND)
    seen = await topic.filled()
    (began, first), (ended, last) = next(pair for pair in seen if pair[1] > seen[0][1]), seen[-1]
    return (last - first) / (ended - began)
