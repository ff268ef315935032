"""Requests at a steady rate, as many clients that do not wait for each other send them."""

import asyncio
from collections.abc import Callable, Iterator
from time import perf_counter

from services.cli.bench.failure import BenchFailed
from services.cli.bench.load import Connection, connections

LEAST, MOST = 10, 64
"""Connections; one has ten requests a second to send, or as many more as there are too few."""

Answered = Callable[[bytes, float], None]
"""Is told the head of an answer, and the moment (`perf_counter`) at which it came."""


async def paced(port: int, lives: Callable[[], Iterator[bytes]], rate: float, seconds: float, told: Answered) -> None:
    """Send requests to the loopback `port`, `rate` a second for `seconds`; each connection lives a life.

    Raises `BenchFailed`.
    """
    count = min(MOST, max(LEAST, int(rate / 10)))
    began = perf_counter()

    async def send(connection: Connection, due: float) -> None:
        for request in lives():
            await asyncio.sleep(due - perf_counter())
            head = await connection.ask(request)
            told(head, perf_counter())
            due += count / rate
            if due > began + seconds:
                return

    async with connections(port, count) as opened:
        try:
            async with asyncio.TaskGroup() as group:
                for number, connection in enumerate(opened):
                    group.create_task(send(connection, began + number / rate))
        except* BenchFailed as failures:
            raise failures.exceptions[0] from None
