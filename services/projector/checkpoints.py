"""How far each partition is applied: documents that move in the same transaction as the views, or not at all.

The offset committed to Kafka is never the truth. A checkpoint is moved by compare-and-set on all that it says, so a
worker that was paused while another took its partition over can change nothing any more (design, Projector).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.heartbeats import StoppedPartition
from shared.mongo import Database, Document, Session, UpdateOne
from shared.relay_position import NotInitialisedError, base_of, relay_progress


class FencedError(Exception):
    """Another worker moved the checkpoint: the partition is no longer ours as we knew it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where one partition stands.

    `offset` is the next one to apply, in the topic's `generation`; the feed is closed up to `feed_until`: an event
    that is applied later and was received by then gets a second, later date.

    `directory`: the views of the partition show every entry of the directory below this offset of its topic, or a
    later one of the same uid. `refreshed` counts the steps in which views were rendered again after such changes: like
    batches, steps of two workers exclude each other.
    """

    partition: int
    generation: int
    offset: int
    feed_until: datetime
    directory: int
    refreshed: int


async def load(db: Database, partitions: Iterable[int]) -> dict[int, Checkpoint]:
    """Read the checkpoints of `partitions`; one of another generation starts again where this one begins."""
    progress = await relay_progress(db)
    wanted = sorted(partitions)
    unversed = {"_id": {"$in": wanted}, "directory": {"$exists": False}}
    await db.checkpoints.update_many(unversed, {"$set": {"directory": 0, "refreshed": 0}})
    documents = await db.checkpoints.find({"_id": {"$in": wanted}}).to_list(len(wanted))
    found = {document["_id"]: document for document in documents}
    if len(found) < len(wanted):
        raise NotInitialisedError(f"The database {db.name} has no checkpoints for this topic; run `ticketstream init`.")
    checkpoints = {}
    for partition, document in found.items():
        generation, offset = document["generation"], document["offset"]
        if generation != progress["generation"]:
            fresh = {"generation": progress["generation"], "offset": base_of(progress, partition)}
            await db.checkpoints.update_one({"_id": partition, "generation": generation}, {"$set": fresh})
            generation, offset = fresh["generation"], fresh["offset"]
        checkpoints[partition] = Checkpoint(
            partition, generation, offset, document["feedUntil"], document["directory"], document["refreshed"]
        )
    return checkpoints


async def move(db: Database, moves: Iterable[tuple[Checkpoint, Checkpoint]], session: Session | None = None) -> None:
    """Put the second checkpoint of each pair in place of the first.

    Raises `FencedError` when one of the first is not what stands there; the others are moved all the same unless
    `session` is in a transaction, which the caller must then abort.
    """
    updates = [_moved(before, after) for before, after in moves]
    if updates and (await db.checkpoints.bulk_write(updates, session=session)).matched_count < len(updates):
        raise FencedError("another worker moved a checkpoint of this one's partitions")


def _moved(before: Checkpoint, after: Checkpoint) -> UpdateOne:
    same = {"_id": before.partition, "generation": before.generation, **_movable(before)}
    moved: Document = {"$set": _movable(after)}
    if after.offset > before.offset:
        moved["$unset"] = {"stopped": ""}
    return UpdateOne(same, moved)


def _movable(checkpoint: Checkpoint) -> Document:
    return {
        "offset": checkpoint.offset,
        "feedUntil": checkpoint.feed_until,
        "directory": checkpoint.directory,
        "refreshed": checkpoint.refreshed,
    }


async def report_stopped(db: Database, stopped: StoppedPartition, at: datetime) -> None:
    """Say beside the checkpoint that its partition is stopped, and why; the views stay as they are."""
    note = {"offset": stopped.offset, "reason": stopped.reason, "at": at}
    await db.checkpoints.update_one({"_id": stopped.partition, "offset": stopped.offset}, {"$set": {"stopped": note}})
