"""The topic of events, watched by a benchmark."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from services.cli.bench.bench_error import BenchError
from shared.kafka import Consumer, TopicPartition, consumer, end_offsets
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS, Topics

PUBLISHED_WITHIN = 60.0
LOOK_SECONDS = 0.005
FETCH_MS = 100


class WatchedTopic:
    """The topic of events; it holds `expected` events once every accepted command is published."""

    def __init__(self, reader: Consumer, name: str) -> None:
        self._reader = reader
        self._name = name
        self.expected = 0

    async def length(self) -> int:
        """Return how many events the topic holds."""
        return sum((await end_offsets(self._reader, self._name, PARTITIONS)).values())

    async def filled(self) -> list[tuple[float, int]]:
        """Wait until the topic holds all expected events; return the times (`perf_counter`) and lengths seen meanwhile.

        Raises `BenchError` after `PUBLISHED_WITHIN` seconds.
        """
        seen: list[tuple[float, int]] = []
        try:
            async with asyncio.timeout(PUBLISHED_WITHIN):
                while not seen or seen[-1][1] < self.expected:
                    seen.append((perf_counter(), await self.length()))
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError as late:
            raise BenchError(f"the relay has not published all events within {PUBLISHED_WITHIN:g} s") from late
        return seen

    async def arrivals(self) -> AsyncGenerator[tuple[str, float], None]:
        """Yield every event from the topic's first one on: its `ce_id` and the time (`perf_counter`) of its arrival."""
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
async def watched(engines: EngineSettings) -> AsyncIterator[WatchedTopic]:
    """Yield the topic of `engines`, which must be empty."""
    async with consumer(engines.kafka) as reader:
        yield WatchedTopic(reader, Topics(engines.topic_prefix).ticket_events)
