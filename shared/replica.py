"""A process's own copy of the directory, read from its topic and kept up to date."""

import asyncio
from contextlib import AsyncExitStack

from shared.directory import ENTRY, Directory, updated
from shared.kafka import Consumer, TopicPartition, consumer, missing_topics
from shared.telemetry import logger
from shared.topics import TopicDefinition

log = logger(__name__)

START_SECONDS = 20
READ_AT_ONCE = 5_000


class DirectoryReplica:
    """Holds `directory` as of topic offset `offset`; use as a context manager and keep `follow` running."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.directory = Directory()
        self.offset = 0
        """Every entry below this offset of the directory topic is in `directory`."""
        self._bootstrap = bootstrap
        self._source = TopicPartition(topic, 0)
        self._moved = asyncio.Condition()
        self._closing = AsyncExitStack()
        self._reader: Consumer

    async def __aenter__(self) -> "DirectoryReplica":
        """Read the topic to its present end; raises `TimeoutError` when that takes longer than `START_SECONDS`.

        Without the topic the directory is empty, until `follow` finds that the topic was made again.
        """
        self._reader = await self._closing.enter_async_context(consumer(self._bootstrap))
        self._reader.assign([self._source])
        self._reader.seek(self._source, 0)
        async with asyncio.timeout(START_SECONDS):
            if await missing_topics(self._bootstrap, [TopicDefinition(self._source.topic, 1, {})]):
                log.error("directory_missing", topic=self._source.topic)
                return self
            end = await self.end()
            while self.offset < end:
                await self._read()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def follow(self) -> None:
        """Keep reading until cancelled."""
        while True:
            await self._read()

    async def end(self) -> int:
        """Ask Kafka for the offset that the next directory entry will get."""
        ends = await self._reader.end_offsets([self._source])
        end: int = ends[self._source]
        return end

    async def reach(self, offset: int, seconds: float) -> None:
        """Wait until `offset` is reached; raises `TimeoutError` after `seconds`. Needs `follow` to run."""
        async with asyncio.timeout(seconds), self._moved:
            await self._moved.wait_for(lambda: self.offset >= offset)

    async def _read(self) -> None:
        fetched = await self._reader.getmany(self._source, timeout_ms=1_000, max_records=READ_AT_ONCE)
        records = fetched.get(self._source, [])
        self.directory = updated(self.directory, (ENTRY.validate_json(record.value) for record in records))
        async with self._moved:
            self.offset = await self._reader.position(self._source)
            self._moved.notify_all()
