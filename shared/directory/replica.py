"""The replica: a process's own copy of the directory, read from its topic and kept up to date.

When the topic is deleted, the replica stays as it is. A new topic in its place replaces the replica's entries.

A record that cannot be read is logged, and its entry stays as it was. So one broken record does not stop all services.
Importing the entry again replaces the record. Until then, a process that starts after Kafka compacted the topic lacks
the entry.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from pydantic import ValidationError

from shared.directory.entries import ENTRY, Directory, Entry, updated
from shared.kafka import (
    Consumer,
    ConsumerRecord,
    OffsetOutOfRangeError,
    TopicPartition,
    consumer,
    fetch,
    missing_topics,
)
from shared.storage.topics import TopicDefinition
from shared.telemetry import logger
from shared.telemetry.failures import describe

log = logger(__name__)

START_SECONDS = 20
"""Timeout of the start, which begins again with every record read."""
LOOK_SECONDS = 1.0
"""Seconds between two checks whether a missing topic exists again."""
READ_AT_ONCE = 5_000
LOGGED_AT_ONCE = 20
"""Unreadable records of one read that are logged one by one. Further ones are only counted."""
MOST_UNREADABLE = 10_000
"""Most keys of unreadable records that are remembered."""
KEY_LENGTH = 36
"""Characters of an entry's uid, and so of a key."""


class DirectoryReplica:
    """Holds `directory` as of the topic's offset `offset`. Use it as a context manager, and keep `follow` running."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.directory = Directory()
        self.offset = 0
        """`directory` holds all records below this offset of the topic."""
        self.unreadable: set[str] = set()
        """Keys of the entries whose latest record cannot be read."""
        self._latest: dict[str, int] = {}
        self._bootstrap = bootstrap
        self._source = TopicPartition(topic, 0)
        self._moved = asyncio.Condition()
        self._closing = AsyncExitStack()
        self._reader: Consumer

    async def __aenter__(self) -> "DirectoryReplica":
        """Read the topic to its present end. Raises `TimeoutError` when no record arrives for `START_SECONDS`.

        Without the topic, the directory is empty until `follow` finds that the topic was created.
        """
        self._reader = await self._closing.enter_async_context(consumer(self._bootstrap))
        async with asyncio.timeout(START_SECONDS) as patience:
            if await self._is_gone():
                log.error("directory_missing", topic=self._source.topic)
                return self
            self._begin()
            end = await self.end()
            while (before := self.offset) < end:
                await self._read()
                if self.offset > before:
                    patience.reschedule(asyncio.get_running_loop().time() + START_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    @property
    def is_complete(self) -> bool:
        """Return whether `directory` holds all records of the topic at the last fetch; False without the topic."""
        end = self._reader.highwater(self._source) if self._source in self._reader.assignment() else None
        return end is not None and self.offset >= end

    def changed_since(self, offset: int) -> frozenset[str]:
        """Return the uids of the entries whose latest record has the offset `offset` or a higher one.

        Compaction removes only earlier records of an entry, so the result is complete.
        """
        return frozenset(uid for uid, latest in self._latest.items() if latest >= offset)

    async def follow(self) -> None:
        """Read new records until cancelled."""
        while True:
            if not self._reader.assignment():
                await self._until_created()
            await self._read()

    async def end(self) -> int:
        """Return the topic's end offset, which the next record will get. Return 0 while the topic is missing."""
        if not self._reader.assignment():
            return 0
        ends = await self._reader.end_offsets([self._source])
        end: int = ends[self._source]
        return end

    async def reach(self, offset: int, seconds: float) -> None:
        """Wait until the replica has reached `offset`. Raises `TimeoutError` after `seconds`. `follow` must run."""
        async with asyncio.timeout(seconds), self._moved:
            await self._moved.wait_for(lambda: self.offset >= offset)

    async def _read(self) -> None:
        try:
            records = await fetch(self._reader, self._source, timeout_ms=1_000, max_records=READ_AT_ONCE)
        except OffsetOutOfRangeError:
            log.warning("directory_replaced", topic=self._source.topic)
            self._begin()
            return
        if records:
            if self.offset == 0:
                self.directory, self.unreadable, self._latest = Directory(), set(), {}
            self._take(records)
        elif not self._reader.partitions_for_topic(self._source.topic):
            self._forget_topic()
            return
        async with self._moved:
            self.offset = await self._reader.position(self._source)
            self._moved.notify_all()

    def _take(self, records: Sequence[ConsumerRecord]) -> None:
        entries: list[Entry] = []
        unreadable = 0
        for record in records:
            key = (record.key or b"")[:KEY_LENGTH].decode(errors="replace")
            try:
                entries.append(ENTRY.validate_json(record.value or b""))
            except ValidationError as wrong:
                unreadable += 1
                if len(self.unreadable) < MOST_UNREADABLE:
                    self.unreadable.add(key)
                if unreadable <= LOGGED_AT_ONCE:
                    at = {"partition": record.partition, "offset": record.offset}
                    log.error("directory_record_unreadable", **at, reason=describe(wrong))
            else:
                self.unreadable.discard(key)
                self._latest[entries[-1].uid] = record.offset
        if unreadable > LOGGED_AT_ONCE:
            log.error("directory_records_unreadable", records=unreadable, until=records[-1].offset)
        self.directory = updated(self.directory, entries)

    def _begin(self) -> None:
        self.offset = 0
        self._reader.assign([self._source])
        self._reader.seek(self._source, 0)

    def _forget_topic(self) -> None:
        """Unsubscribe from the missing topic. aiokafka would ask for it again a thousand times a second."""
        log.error("directory_missing", topic=self._source.topic)
        self.offset = 0
        self._reader.unsubscribe()

    async def _until_created(self) -> None:
        while await self._is_gone():
            await asyncio.sleep(LOOK_SECONDS)
        self._begin()

    async def _is_gone(self) -> bool:
        return bool(await missing_topics(self._bootstrap, [TopicDefinition(self._source.topic, 1, {})]))
