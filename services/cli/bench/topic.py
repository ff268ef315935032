"""The topic of events, as a benchmark watches it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from services.cli.bench.failure import BenchFailed
from shared.kafka import Consumer, TopicPartition, consumer, end_offsets
from shared.settings import EngineSettings
from shared.topics import PARTITIONS, Topics

PUBLISHED_WITHIN = 60.0
LOOK_SECONDS = 0.005
FETCH_MS = 100


class Topic:
    """The topic of events; `expected` of them are there when all that was answered is published."""

    def __init__(self, reader: Consumer, name: str) -> None:
        self._reader = reader
        self._name = name
        self.expected = 0

    async def length(self) -> int:
        """Tell how many events it holds."""
        return sum((await end_offsets(self._reader, self._name, PARTITIONS)).values())

    async def filled(self) -> list[tuple[float, int]]:
        """Return once it holds all that is expected: the moments (`perf_counter`) and lengths seen until then.

        Raises `BenchFailed` when that takes too long.
        """
        seen: list[tuple[float, int]] = []
        try:
            async with asyncio.timeout(PUBLISHED_WITHIN):
                while not seen or seen[-1][1] < self.expected:
                    seen.append((perf_counter(), await self.length()))
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError as late:
            raise BenchFailed(f"the relay has not published all events within {PUBLISHED_WITHIN:g} s") from late
        return seen

    async def arrivals(self) -> AsyncGenerator[tuple[str, float], None]:
        """Give every event from the topic's first on: its `ce_id`, and the moment (`perf_counter`) of its arrival."""
        partitions = [TopicPartition(self._name, number) for number in range(PARTITIONS)]
        self._reader.assign(partitions)
        await self._reader.seek_to_beginning(*partitions)
        while True:
            fetched = await self._reader.getmany(timeout_ms=FETCH_MS)
            now = perf_counter()
            for records in fetched.values():
                for record in records:
                    yield dict(record.headers)["ce_id"].decode(), now


@asynccontextmanager
async def watched(engines: EngineSettings) -> AsyncIterator[Topic]:
    """Watch the topic of `engines`, which is empty yet."""
    async with consumer(engines.kafka) as reader:
        yield Topic(reader, Topics(engines.topic_prefix).ticket_events)
