"""Checkpoints: how far each partition is applied to the views, one document per partition.

This module alone reads and writes these documents. A checkpoint moves in the same transaction as the views, so that
both change or neither. The move is a compare-and-set on the whole checkpoint: a worker that lost its partition during a
pause can change nothing. The offset committed to Kafka never decides where to continue.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from shared.mongo import Database, Document, Session, UpdateOne
from shared.storage.publication import FIRST_GENERATION, NotInitialisedError, read_publication
from shared.storage.topics import PARTITIONS

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The value of `feed_until` while the feed was never closed."""


class FencedError(Exception):
    """Another worker moved the checkpoint: this one no longer owns the partition."""


@dataclass(frozen=True, slots=True)
class StoppedPartition:
    """A partition of `ticket-events` whose next event cannot be applied, with the reason in one sentence.

    `behind`: the offset at which the partition continues if that event is skipped.
    """

    partition: int
    offset: int
    reason: str
    behind: int | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one partition is applied.

    `offset`: the next offset to apply, in the topic's `generation`. `feed_until`: the end of the feed's last closed
    window; an event received by then and applied later gets a second, later date.

    `directory`: the partition's views show every entry of the directory below this offset of its topic, or a later
    entry of the same uid. `refreshed`: how often views were rendered again after directory changes; it lets the
    compare-and-set exclude a second worker that renders them too.

    Two notes are never compared. `together`: how many events fitted into a batch lately; None when the usual limit did.
    `stopped`: why the event at `offset` is not applied.
    """

    partition: int
    generation: int
    offset: int
    feed_until: datetime
    directory: int
    refreshed: int
    together: int | None = field(default=None, compare=False)
    stopped: StoppedPartition | None = field(default=None, compare=False)


class Progress(NamedTuple):
    """How far the views are: what of all partitions is `applied`, and up to when all have closed the feed's windows.

    Views change only together with a checkpoint. So two snapshots with equal `applied` show the same tickets, journal
    and counters. When a partition has no checkpoint, `applied` equals nothing else and `closed_until` is `NEVER`.
    """

    applied: Hashable
    closed_until: datetime

    @property
    def written(self) -> str | None:
        """Return `applied` as every process writes it; None when it equals nothing else."""
        return repr(sorted(self.applied)) if isinstance(self.applied, frozenset) else None


_APPLIED = ("_id", "generation", "offset", "directory", "refreshed")
_PROGRESS = dict.fromkeys((*_APPLIED, "feedUntil"), 1)


async def create_checkpoints(db: Database, partitions: Iterable[int]) -> None:
    """Write a checkpoint at the beginning of each of `partitions` that has none."""
    first = {"generation": FIRST_GENERATION, "offset": 0, "feedUntil": NEVER, "directory": 0, "refreshed": 0}
    for partition in partitions:
        await db.checkpoints.update_one({"_id": partition}, {"$setOnInsert": first}, upsert=True)


async def read_all(db: Database) -> list[Checkpoint]:
    """Return the checkpoints of all partitions as they are stored, also those of an earlier generation."""
    return [_checkpoint(document) async for document in db.checkpoints.find().sort("_id", 1)]


async def load(db: Database, partitions: Iterable[int]) -> dict[int, Checkpoint]:
    """Read the checkpoints of `partitions`; those of an earlier generation move to where this generation begins.

    Raises `NotInitialisedError` when one is missing.
    """
    publication = await read_publication(db)
    wanted = sorted(partitions)
    without_directory = {"_id": {"$in": wanted}, "directory": {"$exists": False}}
    await db.checkpoints.update_many(without_directory, {"$set": {"directory": 0, "refreshed": 0}})
    documents = await db.checkpoints.find({"_id": {"$in": wanted}}).to_list(None)
    if len(documents) < len(wanted):
        raise NotInitialisedError(f"The database {db.name} has no checkpoints for this topic; run `ticketstream init`.")
    loaded = {}
    for document in documents:
        partition, generation, fresh = document["_id"], document["generation"], Document()
        if generation != publication.generation:
            fresh = {"generation": publication.generation, "offset": publication.first_offset(partition)}
            await db.checkpoints.update_one({"_id": partition, "generation": generation}, {"$set": fresh})
        loaded[partition] = _checkpoint(document | fresh)
    return loaded


async def offsets(db: Database, partitions: Iterable[int]) -> dict[int, int]:
    """Return the stored offsets of `partitions`."""
    stored = db.checkpoints.find({"_id": {"$in": sorted(partitions)}}, {"offset": 1})
    return {document["_id"]: document["offset"] async for document in stored}


async def read_progress(db: Database, session: Session | None = None, *, timeout_ms: int) -> Progress:
    """Return how far the views are, as `session` sees them.

    The query may take `timeout_ms` milliseconds. Raises `PyMongoError`.
    """
    cursor = db.checkpoints.find({}, _PROGRESS, session=session, max_time_ms=timeout_ms)
    found = await cursor.to_list(PARTITIONS)
    if len(found) < PARTITIONS:
        return Progress(object(), NEVER)
    applied = frozenset(tuple(each.get(name) for name in _APPLIED) for each in found)
    return Progress(applied, min(each["feedUntil"] for each in found))


async def move(
    db: Database,
    moves: Iterable[tuple[Checkpoint, Checkpoint]],
    session: Session | None = None,
    *,
    together: int | None = None,
) -> None:
    """Replace the first checkpoint of each pair by the second, with the note `together`.

    Raises `FencedError` when one of the first is not the stored one. The others are moved nevertheless, unless
    `session` is in a transaction, which the caller must then abort.
    """
    updates = [_move(before, after, together) for before, after in moves]
    if updates and (await db.checkpoints.bulk_write(updates, session=session)).matched_count < len(updates):
        raise FencedError("another worker moved a checkpoint of this one's partitions")


async def report_together(db: Database, partitions: Iterable[int], together: int) -> None:
    """Save how many events fit into a batch at most, for the worker that applies `partitions` next."""
    await db.checkpoints.update_many({"_id": {"$in": sorted(partitions)}}, {"$set": {"together": together}})


async def report_stopped(db: Database, stopped: StoppedPartition, at: datetime) -> None:
    """Save beside the checkpoint that its partition is stopped, and why; the views do not change."""
    note = {"offset": stopped.offset, "reason": stopped.reason, "behind": stopped.behind, "at": at}
    await db.checkpoints.update_one({"_id": stopped.partition, "offset": stopped.offset}, {"$set": {"stopped": note}})


async def pass_over(db: Database, partition: int, offset: int) -> int | None:
    """Skip the record that stops `partition` at `offset`. Return the next offset, or None if nothing stops it there.

    This skips one record, or a whole record batch that no client can read. It is never applied.
    """
    document = await db.checkpoints.find_one({"_id": partition, "offset": offset})
    stopped = _stopped(document) if document else None
    if stopped is None:
        return None
    behind = stopped.behind or offset + 1
    same = {"_id": partition, "offset": offset, "stopped.offset": offset}
    passed = await db.checkpoints.update_one(same, {"$set": {"offset": behind}, "$unset": {"stopped": ""}})
    return behind if passed.modified_count else None


async def forget_directory(db: Database) -> None:
    """Save that the views show no entry of the directory: its topic was lost, and a new one begins at offset 0."""
    await db.checkpoints.update_many({}, {"$set": {"directory": 0}})


def _checkpoint(document: Document) -> Checkpoint:
    return Checkpoint(
        partition=document["_id"],
        generation=document["generation"],
        offset=document["offset"],
        feed_until=document["feedUntil"],
        directory=document.get("directory", 0),
        refreshed=document.get("refreshed", 0),
        together=document.get("together"),
        stopped=_stopped(document),
    )


def _stopped(document: Document) -> StoppedPartition | None:
    """Return why the next event of a partition is not applied; None when nothing stops it."""
    note = document.get("stopped")
    if not note or note["offset"] != document["offset"]:
        return None
    return StoppedPartition(document["_id"], note["offset"], note["reason"], note.get("behind"))


def _move(before: Checkpoint, after: Checkpoint, together: int | None) -> UpdateOne:
    same = {"_id": before.partition, "generation": before.generation, **_movable(before)}
    gone = {
        **({"stopped": ""} if after.offset > before.offset else {}),
        **({"together": ""} if together is None else {}),
    }
    kept = {} if together is None else {"together": together}
    return UpdateOne(same, {"$set": {**_movable(after), **kept}, **({"$unset": gone} if gone else {})})


def _movable(checkpoint: Checkpoint) -> Document:
    return {
        "offset": checkpoint.offset,
        "feedUntil": checkpoint.feed_until,
        "directory": checkpoint.directory,
        "refreshed": checkpoint.refreshed,
    }
