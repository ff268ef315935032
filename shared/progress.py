"""The relay's saved position: document `relay` of collection `progress`, what is published and what is not."""

from collections.abc import Mapping
from typing import Any

from shared.mongo import Database, Document


class NotInitialisedError(Exception):
    """The database was never set up; its text is one sentence that says what to do."""


async def relay_progress(db: Database) -> Document:
    """Read it: `token` and `ends`, the topic's next offsets by partition, belong together.

    Raises `NotInitialisedError` when it was never written.
    """
    progress = await db.progress.find_one({"_id": "relay"})
    if progress is None:
        raise NotInitialisedError(f"The database {db.name} is not set up; run `ticketstream init`.")
    return progress


def unpublished_from(progress: Mapping[str, Any]) -> Document:
    """Give the position in the change stream of `events` behind which everything is unpublished."""
    if progress["token"]:
        return {"resumeAfter": progress["token"]}
    return {"startAtOperationTime": progress["startAt"]}
