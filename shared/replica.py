"""A process's own copy of the directory, read from its topic and kept up to date.

A topic that is deleted takes nothing from the copy; one that is made in its place replaces it. A record that can not be
read is logged, and its entry stays as it was, so that one broken record does not stop all services: importing the entry
replaces the record. Until then a process that starts after Kafka compacted the topic lacks the entry.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from pydantic import ValidationError

from shared.directory import ENTRY, Directory, Entry, updated
from shared.failures import told
from shared.kafka import Consumer, ConsumerRecord, OffsetOutOfRangeError, TopicPartition, consumer, missing_topics
from shared.telemetry import logger
from shared.topics import TopicDefinition

log = logger(__name__)

START_SECONDS = 20
LOOK_SECONDS = 1.0
"""How often a topic that is gone is looked for."""
READ_AT_ONCE = 5_000


class DirectoryReplica:
    """Holds `directory` as of topic offset `offset`; use as a context manager and keep `follow` running."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.directory = Directory()
        self.offset = 0
        """Every entry below this offset of the directory topic is in `directory`."""
        self.unreadable: set[str] = set()
        """Keys of the entries whose latest record can not be read."""
        self._latest: dict[str, int] = {}
        self._bootstrap = bootstrap
        self._source = TopicPartition(topic, 0)
        self._moved = asyncio.Condition()
        self._closing = AsyncExitStack()
        self._reader: Consumer

    async def __aenter__(self) -> "DirectoryReplica":
        """Read the topic to its present end; raises `TimeoutError` when that takes longer than `START_SECONDS`.

        Without the topic the directory is empty, until `follow` finds that the topic was made.
        """
        self._reader = await self._closing.enter_async_context(consumer(self._bootstrap))
        async with asyncio.timeout(START_SECONDS):
            if await self._is_gone():
                log.error("directory_missing", topic=self._source.topic)
                return self
            self._begin()
            end = await self.end()
            while self.offset < end:
                await self._read()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    @property
    def is_complete(self) -> bool:
        """Whether all is here that the topic held when it was last asked; never while the topic is gone."""
        end = self._reader.highwater(self._source) if self._source in self._reader.assignment() else None
        return end is not None and self.offset >= end

    def changed_since(self, offset: int) -> frozenset[str]:
        """Tell the uids of the entries whose latest record stands in the topic at `offset` or behind it.

        Compaction takes away earlier records alone, so none that changed since is missing.
        """
        return frozenset(uid for uid, latest in self._latest.items() if latest >= offset)

    async def follow(self) -> None:
        """Keep reading until cancelled."""
        while True:
            if not self._reader.assignment():
                await self._until_made()
            await self._read()

    async def end(self) -> int:
        """Ask Kafka for the offset that the next directory entry will get."""
        if not self._reader.assignment():
            return 0
        ends = await self._reader.end_offsets([self._source])
        end: int = ends[self._source]
        return end

    async def reach(self, offset: int, seconds: float) -> None:
        """Wait until `offset` is reached; raises `TimeoutError` after `seconds`. Needs `follow` to run."""
        async with asyncio.timeout(seconds), self._moved:
            await self._moved.wait_for(lambda: self.offset >= offset)

    async def _read(self) -> None:
        try:
            fetched = await self._reader.getmany(self._source, timeout_ms=1_000, max_records=READ_AT_ONCE)
        except OffsetOutOfRangeError:
            log.warning("directory_replaced", topic=self._source.topic)
            self._begin()
            return
        records = fetched.get(self._source)
        if records:
            if self.offset == 0:
                self.directory, self.unreadable, self._latest = Directory(), set(), {}
            self._take(records)
        elif not self._reader.partitions_for_topic(self._source.topic):
            self._let_go()
            return
        async with self._moved:
            self.offset = await self._reader.position(self._source)
            self._moved.notify_all()

    def _take(self, records: Sequence[ConsumerRecord]) -> None:
        entries: list[Entry] = []
        for record in records:
            key = (record.key or b"").decode(errors="replace")
            try:
                entries.append(ENTRY.validate_json(record.value))
            except ValidationError as wrong:
                self.unreadable.add(key)
                at = {"partition": record.partition, "offset": record.offset}
                log.error("directory_record_unreadable", **at, reason=told(wrong))
            else:
                self.unreadable.discard(key)
                self._latest[entries[-1].uid] = record.offset
        self.directory = updated(self.directory, entries)

    def _begin(self) -> None:
        self.offset = 0
        self._reader.assign([self._source])
        self._reader.seek(self._source, 0)

    def _let_go(self) -> None:
        """Have aiokafka forget the topic: of one that is gone it would ask again a thousand times a second."""
        log.error("directory_missing", topic=self._source.topic)
        self.offset = 0
        self._reader.unsubscribe()

    async def _until_made(self) -> None:
        while await self._is_gone():
            await asyncio.sleep(LOOK_SECONDS)
        self._begin()

    async def _is_gone(self) -> bool:
        return bool(await missing_topics(self._bootstrap, [TopicDefinition(self._source.topic, 1, {})]))
