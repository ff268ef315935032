"""Measures the relay: the time from an answer to the event in the topic, and its speed through a backlog."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from itertools import pairwise
from statistics import median

from services.cli.bench import rounds
from services.cli.bench.bench_error import BenchError
from services.cli.bench.bench_stack import COMMAND, BenchStack
from services.cli.bench.pacing import paced
from services.cli.bench.watched_topic import WatchedTopic
from services.cli.bench.writes.workload import event_of, lives
from shared.storage.publication import follow_from_start

RATE = 50
"""Commands a second while the time to the topic is measured."""
WARM_UP = 3.0
"""Seconds at this rate before the measurement begins."""
ARRIVED_WITHIN = 20.0


async def delays(stack: BenchStack, topic: WatchedTopic, seconds: float) -> list[Sequence[float]]:
    """Return the seconds from each answer until its event is in the topic, at `RATE` commands a second.

    There is a list for each round of `seconds`; the rounds follow each other without a pause. Raises `BenchError`.
    """
    arrived: dict[str, float] = {}

    async def watch() -> None:
        async with aclosing(topic.arrivals()) as arrivals:
            async for event, moment in arrivals:
                arrived.setdefault(event, moment)

    answered: dict[str, float] = {}
    lasting = WARM_UP + rounds.ROUNDS * seconds

    def keep(head: bytes, moment: float) -> None:
        answered[event_of(head)] = moment

    watching = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(lasting + ARRIVED_WITHIN):
            await paced(stack.ports[COMMAND], partial(lives, stack.cookie), RATE, lasting, keep)
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
    return in_rounds([arrived[event] - moment for event, moment in answered.items()])


def in_rounds(in_order: Sequence[float]) -> list[Sequence[float]]:
    """Return times without those of the warm-up, in rounds of the same length."""
    warm = in_order[round(RATE * WARM_UP) :]
    ends = [len(warm) * number // rounds.ROUNDS for number in range(rounds.ROUNDS + 1)]
    return [warm[began:ended] for began, ended in pairwise(ends)]


async def throughput(stack: BenchStack, topic: WatchedTopic, done: Callable[[], None]) -> float:
    """Return the median of the events a second at which the relay publishes all events again, in some rounds.

    Nothing else runs meanwhile; `done` is called after each round. Raises `BenchError` or `StartError`.
    """
    events, rates = topic.expected, []
    for _ in range(rounds.ROUNDS):
        await stack.programs.stop(COMMAND)
        await follow_from_start(stack.db)
        topic.expected += events
        await stack.programs.start_again(COMMAND)
        seen = await topic.filled()
        (began, first), (ended, last) = next(pair for pair in seen if pair[1] > seen[0][1]), seen[-1]
        rates.append((last - first) / (ended - began))
        done()
    return median(rates)
