"""Sends requests at a steady rate, like many independent clients."""

import asyncio
from collections.abc import Callable, Iterator
from time import perf_counter

from services.cli.bench.bench_error import BenchError
from services.cli.bench.load_generator import Connection, connections

LEAST, MOST = 10, 64
"""Fewest and most connections. Each sends ten requests a second, or more when `MOST` do not suffice."""

Answered = Callable[[bytes, float], None]
"""Called with the head of an answer and the time (`perf_counter`) at which it came."""


async def paced(
    port: int, lives: Callable[[], Iterator[bytes]], rate: float, seconds: float, answered: Answered
) -> None:
    """Send `rate` requests a second to the loopback `port` for `seconds`; each connection sends its own `lives()`.

    Raises `BenchError`.
    """
    count = min(MOST, max(LEAST, int(rate / 10)))
    began = perf_counter()

    async def send(connection: Connection, due: float) -> None:
        for request in lives():
            await asyncio.sleep(due - perf_counter())
            head = await connection.ask(request)
            answered(head, perf_counter())
            due += count / rate
            if due > began + seconds:
                return

    async with connections(port, count) as opened:
        try:
            async with asyncio.TaskGroup() as group:
                for number, connection in enumerate(opened):
                    group.create_task(send(connection, began + number / rate))
        except* BenchError as failures:
            raise failures.exceptions[0] from None
