"""The refresh: renders again the documents that show changed entries of the directory, in steps between two batches.

A checkpoint has an offset of the directory: the partition's views show all entries below it. When the replica has read
beyond it, a walk visits all documents that show an entry changed since. Then it moves the checkpoint to the offset that
the replica had at the start of the walk. Batches during the walk render with the replica of that moment. So a document
that is written during the walk is as new as after the walk, even if it moves in an index. An interrupted walk begins
again. A step writes only documents that differ.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.projector.folds.batch import Changes
from services.projector.folds.directory_changes import show_entry_again, show_ticket_again
from services.projector.folds.ticket_state import CannotApply
from services.projector.intake.batch_limit import MOST_BYTES, BatchLimit, blames_the_batch
from services.projector.view_store import Moves, ViewStore
from shared.directory.replica import DirectoryReplica
from shared.kafka import partition_of
from shared.mongo import Database, Document, PyMongoError
from shared.process.offloading import offloaded
from shared.storage.checkpoints import Checkpoint
from shared.storage.event_document import read_event_id
from shared.storage.topics import PARTITIONS
from shared.telemetry import logger

SHOWING = (("tickets", "agencies"), ("tickets", "patrimony"), ("tickets", "provider"), ("journal", "provider"))
"""The collections and indexed fields with the uids of the entries that a document shows."""
MOST_AT_ONCE = 100
"""Most documents in one step: events that arrive meanwhile wait for it."""
AT_FIRST = 20
"""Documents in the first answer of a step's query; the largest documents have megabytes."""
IDS_AT_ONCE = 5_000
UIDS_AT_ONCE = 10_000
"""Most changed entries in one query."""

log = logger(__name__)


class _Page(NamedTuple):
    """Ids of documents of one collection that show a changed entry."""

    collection: str
    ids: list[str]


@dataclass(slots=True)
class _Walk:
    """A walk that brings `partitions` to the directory's `offset`; `page` is the rest of the current page."""

    offset: int
    partitions: frozenset[int]
    pages: AsyncGenerator[_Page, None]
    page: _Page | None = None


class Refresh:
    """Renders what directory changes affect; call `step` between batches, under their lock."""

    def __init__(self, db: Database, views: ViewStore, replica: DirectoryReplica) -> None:
        self._db = db
        self._views = views
        self._replica = replica
        self._limit = BatchLimit(MOST_AT_ONCE)
        self._walk: _Walk | None = None

    @property
    def is_under_way(self) -> bool:
        """Return whether a walk has a next step to do at once."""
        return self._walk is not None

    def is_due(self, checkpoints: Iterable[Checkpoint]) -> bool:
        """Return whether there is anything to do for partitions with these checkpoints."""
        return self.is_under_way or bool(self._replica.is_complete and self._behind(checkpoints))

    def _behind(self, checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
        return [one for one in checkpoints if one.directory != self._replica.offset]

    async def forget(self) -> None:
        """Abandon the current walk; the next one begins at the checkpoints."""
        walk, self._walk = self._walk, None
        if walk:
            await walk.pages.aclose()

    async def step(self, checkpoints: Mapping[int, Checkpoint]) -> dict[int, Checkpoint]:
        """Do the next step, if there is one, and return the checkpoints that it moved.

        `checkpoints` are those of all partitions of this worker. Raises `FencedError` or `PyMongoError`; the caller
        must then forget everything it remembers.
        """
        walk = self._walk = self._walk or self._begun(checkpoints.values())
        if walk is None:
            return {}
        page = walk.page or await anext(walk.pages, None)
        if page is None:
            await self.forget()
            log.info("directory_shown", offset=walk.offset, partitions=sorted(walk.partitions))
            ended = [checkpoints[number] for number in sorted(walk.partitions)]
            return await self._commit([(one, replace(one, directory=walk.offset)) for one in ended], Changes())
        ids = page.ids[: self._limit.records]
        changes, read = await self._changes(page.collection, ids)
        try:
            moved = await self._show_again(changes, checkpoints)
        except PyMongoError as failure:
            if len(read) == 1 or not blames_the_batch(failure):
                raise
            self._limit.shrink(len(read))
            walk.page = page
            return {}
        self._limit.grow(len(ids))
        left = [one for one in page.ids if one not in read]
        walk.page = _Page(page.collection, left) if left else None
        return moved

    def _begun(self, checkpoints: Iterable[Checkpoint]) -> _Walk | None:
        """Return a new walk for the partitions whose views do not show this replica's directory; None if all do.

        If the topic has not reached a checkpoint's offset, the checkpoint is from an earlier topic. Then every entry
        counts as changed.
        """
        offset = self._replica.offset
        behind = self._behind(checkpoints)
        if not behind or not self._replica.is_complete:
            return None
        since = min(one.directory if one.directory < offset else 0 for one in behind)
        changed = sorted(self._replica.changed_since(since))
        partitions = frozenset(one.partition for one in behind)
        log.info("directory_changed", since=since, offset=offset, entries=len(changed))
        return _Walk(offset, partitions, _pages(self._db, changed, partitions))

    async def _changes(self, collection: str, ids: list[str]) -> tuple[Changes, frozenset[str]]:
        """Return the changes of documents, and the finished ids. The other ids exceed `MOST_BYTES` and come later."""
        documents, done, room = list[Document](), frozenset(ids), MOST_BYTES
        stored = self._db[collection].find({"_id": {"$in": ids}}, batch_size=AT_FIRST)
        async for document in stored:
            if room <= 0:
                await stored.close()
                done = frozenset(one["_id"] for one in documents)
                break
            documents.append(document)
            room -= len(document["state"] if collection == "tickets" else document["event"])
        changes = Changes()

        def render() -> None:
            for document in documents:
                self._add(changes, collection, document)

        await offloaded(MOST_BYTES - room, render)
        return changes, done

    async def _show_again(self, changes: Changes, checkpoints: Mapping[int, Checkpoint]) -> dict[int, Checkpoint]:
        if not changes:
            return {}
        touched = {_partition(written) for written in (*changes.tickets, *changes.entries)}
        steps = [checkpoints[number] for number in sorted(touched)]
        return await self._commit([(one, replace(one, refreshed=one.refreshed + 1)) for one in steps], changes)

    def _add(self, changes: Changes, collection: str, document: Document) -> None:
        if collection == "journal":
            show_entry_again(changes, document, self._replica.directory)
            return
        try:
            show_ticket_again(changes, _partition(document["_id"]), document, self._replica.directory)
        except CannotApply as unknown:
            log.warning("ticket_left_as_it_was", reason=str(unknown))

    async def _commit(self, moves: Moves, changes: Changes) -> dict[int, Checkpoint]:
        self._views.remember(changes.known)
        await self._views.commit(moves, changes)
        return {after.partition: after for _, after in moves}


async def _pages(db: Database, uids: list[str], partitions: frozenset[int]) -> AsyncGenerator[_Page, None]:
    """Yield the documents of `partitions` that show one of `uids`. One that shows several may come several times."""
    for collection, field in SHOWING:
        ids: list[str] = []
        async for found in _found(db, collection, field, uids):
            ids += (one for one in found if _partition(one) in partitions)
            while len(ids) >= MOST_AT_ONCE:
                yield _Page(collection, ids[:MOST_AT_ONCE])
                del ids[:MOST_AT_ONCE]
        if ids:
            yield _Page(collection, ids)


async def _found(db: Database, collection: str, field: str, uids: list[str]) -> AsyncGenerator[list[str], None]:
    """Yield ids from the field's index; the documents are read later, when it is their turn."""
    for start in range(0, len(uids), UIDS_AT_ONCE):
        wanted = {field: {"$in": uids[start : start + UIDS_AT_ONCE]}}
        cursor = db[collection].find(wanted, {"_id": 1}, batch_size=IDS_AT_ONCE)
        try:
            while found := await cursor.to_list(IDS_AT_ONCE):
                yield [document["_id"] for document in found]
        finally:
            with suppress(PyMongoError):  # the server closes the cursor of a lost connection itself
                await cursor.close()


def _partition(document_id: str) -> int:
    """Return the partition of a ticket, or of a journal document's ticket."""
    ticket, _ = read_event_id(document_id)
    return partition_of(ticket, PARTITIONS)
