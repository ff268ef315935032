"""Directory changes in the views: what shows a changed entry is rendered again, in steps between two batches.

A partition's checkpoint says as of which offset of the directory its views are shown. When the replica is further, a
walk goes over all that shows an entry changed since, and then moves the checkpoint to where the replica was when the
walk began. Batches in between render with what the replica holds by then, so a document that is written, or moves in
an index, while the walk goes on is as new as the walk would make it. A walk that is given up begins again: a step
writes only what differs.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.projector.batch import Changes
from services.projector.checkpoints import Checkpoint
from services.projector.directory_changes import show_entry_again, show_ticket_again
from services.projector.folds.state import CannotApply
from services.projector.limits import BatchLimit, does_not_fit
from services.projector.views import Moves, Views
from shared.kafka import partition_of
from shared.mongo import Database, Document, PyMongoError
from shared.replica import DirectoryReplica
from shared.telemetry import logger
from shared.topics import PARTITIONS

SHOWING = (("tickets", "agencies"), ("tickets", "patrimony"), ("tickets", "provider"), ("journal", "provider"))
"""Collections and their fields with the uids of entries that a document shows, each with an index."""
MOST_AT_ONCE = 100
"""Documents in one step: events that come meanwhile wait for it."""
IDS_AT_ONCE = 5_000
UIDS_AT_ONCE = 10_000
"""Changed entries that one query asks for."""

log = logger(__name__)


class _Page(NamedTuple):
    """Ids of documents of one collection that show a changed entry."""

    collection: str
    ids: list[str]


@dataclass(slots=True)
class _Walk:
    """Brings `partitions` to the directory's `offset`; `page` is what is left of the page taken last."""

    offset: int
    partitions: frozenset[int]
    pages: AsyncGenerator[_Page, None]
    page: _Page | None = None


class Refresh:
    """Renders again what directory changes touch; call `step` between batches, under their lock."""

    def __init__(self, db: Database, views: Views, replica: DirectoryReplica) -> None:
        self._db = db
        self._views = views
        self._replica = replica
        self._limit = BatchLimit(MOST_AT_ONCE)
        self._walk: _Walk | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether there is a next step to do at once."""
        return self._walk is not None

    def is_due(self, checkpoints: Iterable[Checkpoint]) -> bool:
        """Tell whether there is anything to do for partitions with these checkpoints."""
        return self.is_under_way or bool(self._replica.is_complete and self._behind(checkpoints))

    def _behind(self, checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
        return [one for one in checkpoints if one.directory != self._replica.offset]

    async def forget(self) -> None:
        """Give up the walk that is under way; the next one begins where the checkpoints stand."""
        walk, self._walk = self._walk, None
        if walk:
            await walk.pages.aclose()

    async def step(self, checkpoints: Mapping[int, Checkpoint]) -> dict[int, Checkpoint]:
        """Do the next step, if there is anything to do; returns the checkpoints that it moved.

        `checkpoints` are those of all partitions of this worker. Raises `FencedError` or `PyMongoError`; everything is
        to be forgotten then.
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
        try:
            moved = await self._show_again(page.collection, ids, checkpoints)
        except PyMongoError as failure:
            if len(ids) == 1 or not does_not_fit(failure):
                raise
            self._limit.shrink()
            walk.page = page
            return {}
        self._limit.grow()
        left = page.ids[len(ids) :]
        walk.page = _Page(page.collection, left) if left else None
        return moved

    def _begun(self, checkpoints: Iterable[Checkpoint]) -> _Walk | None:
        """Begin a walk for the partitions whose views do not show the directory as it is here.

        An offset that the topic has not reached is one of a topic before it: then everything counts as changed.
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

    async def _show_again(
        self, collection: str, ids: list[str], checkpoints: Mapping[int, Checkpoint]
    ) -> dict[int, Checkpoint]:
        changes = Changes()
        async for document in self._db[collection].find({"_id": {"$in": ids}}):
            self._add(changes, collection, document)
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
    """Find the documents of `partitions` that show one of `uids`; one that shows several may come several times."""
    for collection, field in SHOWING:
        ours: list[str] = []
        async for found in _found(db, collection, field, uids):
            ours += (one for one in found if _partition(one) in partitions)
            while len(ours) >= MOST_AT_ONCE:
                yield _Page(collection, ours[:MOST_AT_ONCE])
                del ours[:MOST_AT_ONCE]
        if ours:
            yield _Page(collection, ours)


async def _found(db: Database, collection: str, field: str, uids: list[str]) -> AsyncGenerator[list[str], None]:
    """Find ids in the field's index; documents are read when their turn comes, as they are by then."""
    for start in range(0, len(uids), UIDS_AT_ONCE):
        wanted = {field: {"$in": uids[start : start + UIDS_AT_ONCE]}}
        cursor = db[collection].find(wanted, {"_id": 1}, batch_size=IDS_AT_ONCE)
        try:
            while found := await cursor.to_list(IDS_AT_ONCE):
                yield [document["_id"] for document in found]
        finally:
            with suppress(PyMongoError):  # the server drops the cursor of a lost connection by itself
                await cursor.close()


def _partition(document_id: str) -> int:
    """Tell the partition of a ticket, or of a journal document by its ticket."""
    return partition_of(document_id.partition(":")[0], PARTITIONS)
