"""Writes views as the projector writes them, in one transaction per call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.projector.folds.batch import Changes, EventRecord, apply, read
from services.projector.view_store import ViewStore
from shared.directory.entries import Directory, Entry, updated
from shared.kafka import partition_of
from shared.mongo import Database
from shared.storage import checkpoints
from shared.storage.topics import PARTITIONS
from tests.support.data.tickets import Stored


class Batches:
    """Applies events to the views of `db`, as the only projector."""

    def __init__(self, db: Database, entries: Iterable[Entry]) -> None:
        self._db = db
        self._views = ViewStore(db)
        self._directory = updated(Directory(), entries)

    async def apply(self, events: Sequence[Stored]) -> None:
        """Apply `events` in one transaction."""
        tickets = (await self._views.tickets(event.ticket for event in events)).tickets
        parts: defaultdict[int, list[Stored]] = defaultdict(list)
        for event in events:
            parts[partition_of(event.ticket, PARTITIONS)].append(event)
        stand, changes, moves = await checkpoints.load(self._db, parts), Changes(), []
        for number, own in parts.items():
            at = stand[number]
            records = [EventRecord(at.offset + n, event.id, event.document()["body"]) for n, event in enumerate(own)]
            incoming, unreadable = read(records)
            stop = apply(changes, number, incoming, tickets, directory=self._directory, feed_until=at.feed_until)
            assert (unreadable, stop) == (None, None)
            moves.append((at, replace(at, offset=at.offset + len(own))))
        await self._views.commit(moves, changes)

    async def close_feed(self, until: datetime) -> None:
        """Close the windows of the feed up to `until`."""
        stand = await checkpoints.load(self._db, range(PARTITIONS))
        await self._views.commit([(at, replace(at, feed_until=until)) for at in stand.values()], Changes())
