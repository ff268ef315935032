"""The relay's saved position: document `relay` of collection `progress`, what is published and what is not.

Fields: `generation` names, ever higher, the run of records in which all events were begun to be published anew, and
`base` the offsets from which on that was, by partition (0 for one that is left out); `token` (else `startAt`) and
`ends`, the topic's next offsets by partition, belong together; `refill` stands while the event store is published
once more, with the last ticket done and how many events of how many; `topics` names those that were ever made.
"""

from collections.abc import Mapping
from typing import Any

from shared.mongo import AFTER, Database, Document, operation_time


class NotInitialisedError(Exception):
    """The database was never set up; its text is one sentence that says what to do."""


async def relay_progress(db: Database) -> Document:
    """Read it; raises `NotInitialisedError` when it was never written."""
    progress = await db.progress.find_one({"_id": "relay"})
    if progress is None:
        raise NotInitialisedError(f"The database {db.name} is not set up; run `ticketstream init`.")
    return progress


def base_of(progress: Mapping[str, Any], partition: int) -> int:
    """Give the offset at which the generation begins in a partition."""
    offset: int = progress.get("base", {}).get(str(partition), 0)
    return offset


def unpublished_from(progress: Mapping[str, Any]) -> Document:
    """Give the position in the change stream of `events` behind which everything is unpublished."""
    if progress["token"]:
        return {"resumeAfter": progress["token"]}
    return {"startAtOperationTime": progress["startAt"]}


async def begin_refill(
    db: Database, progress: Document, base: Mapping[int, int] | None = None, *, beyond: int = 0
) -> Document:
    """Have every event published once more, then what is stored from now on; returns the progress as it is then.

    With `base` that is a new generation, later than the one called `beyond`: what stands in the topic before these
    offsets means nothing any more, and projectors begin there. It is named by the second of MongoDB's clock, so that
    also a database that was set back gives no name that another generation had. Nothing changes when `progress` is not
    what stands in the database: another process was faster.
    """
    now = await operation_time(db)
    fields: Document = {
        "token": None,
        "startAt": now,
        "refill": {"after": "", "done": 0, "total": await db.events.estimated_document_count()},
    }
    if base is not None:
        offsets = {str(partition): offset for partition, offset in base.items()}
        generation = max(progress["generation"] + 1, beyond + 1, now.time)
        fields |= {"generation": generation, "base": offsets, "ends": offsets}
    begun = await db.progress.find_one_and_update(_same(progress), {"$set": fields}, return_document=AFTER)
    return begun or await relay_progress(db)


async def advance_refill(db: Database, progress: Document, after: str, done: int, offsets: Mapping[int, range]) -> None:
    """Save that every event of the tickets up to `after` is published."""
    await db.progress.update_one(
        _same(progress), {"$set": {"refill.after": after, "refill.done": done} | _ends(offsets)}
    )


async def end_refill(db: Database, progress: Document) -> Document:
    """Save that everything stored before `startAt` is published; returns the progress as it is then."""
    ended = await db.progress.find_one_and_update(_same(progress), {"$set": {"refill": None}}, return_document=AFTER)
    return ended or await relay_progress(db)


async def advance(db: Database, progress: Document, token: Document, offsets: Mapping[int, range]) -> bool:
    """Save that what the change stream gave before `token` is published; False when a refill began since `progress`."""
    same = {"_id": "relay", "startAt": progress["startAt"], "refill": None}
    saved = await db.progress.update_one(same, {"$set": {"token": token} | _ends(offsets)})
    return bool(saved.matched_count)


def _same(progress: Document) -> Document:
    """Find the progress only if no refill began since it was read."""
    return {"_id": "relay", "generation": progress["generation"], "startAt": progress["startAt"]}


def _ends(offsets: Mapping[int, range]) -> Document:
    return {f"ends.{partition}": written.stop for partition, written in offsets.items()}
