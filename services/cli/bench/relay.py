"""How fast the relay is: from an answer to the event in the topic, and through a backlog."""

import asyncio
import re
from contextlib import aclosing
from time import perf_counter

from services.cli.bench.failure import BenchFailed
from services.cli.bench.load import Connection, connections
from services.cli.bench.stack import COMMAND, Stack
from services.cli.bench.topic import Topic
from services.cli.bench.workload import lives

RATE = 50
"""Commands a second at which the way to the topic is timed."""
CONNECTIONS = 10
ARRIVED_WITHIN = 20.0
EVENT = re.compile(rb"\r\nticket-version: (\S+)")


async def delays(stack: Stack, topic: Topic, seconds: float) -> list[float]:
    """Time how long after its answer an event is in the topic, at `RATE` commands a second; in seconds.

    Raises `BenchFailed`.
    """
    arrived: dict[str, float] = {}

    async def watch() -> None:
        async with aclosing(topic.arrivals()) as arrivals:
            async for event, moment in arrivals:
                arrived.setdefault(event, moment)

    watching = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(seconds + ARRIVED_WITHIN):
            answered = await _paced(stack, seconds)
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


async def _paced(stack: Stack, seconds: float) -> dict[str, float]:
    """Send commands at `RATE`, and tell when each event was answered."""
    answered: dict[str, float] = {}
    began = perf_counter()

    async def send(connection: Connection, due: float) -> None:
        for request in lives(stack.cookie):
            await asyncio.sleep(due - perf_counter())
            head = EVENT.search(await connection.ask(request))
            if head is None:
                raise BenchFailed("an answer named no event")
            answered[head[1].decode()] = perf_counter()
            due += CONNECTIONS / RATE
            if due > began + seconds:
                return

    async with connections(stack.ports[COMMAND], CONNECTIONS) as opened:
        try:
            async with asyncio.TaskGroup() as group:
                for number, connection in enumerate(opened):
                    group.create_task(send(connection, began + number / RATE))
        except* BenchFailed as failures:
            raise failures.exceptions[0] from None
    return answered


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
