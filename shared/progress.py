"""The relay's saved position: document `relay` of collection `progress`, what is published and what is not."""

from collections.abc import Mapping
from typing import Any

from shared.mongo import Database, Document


async def relay_progress(db: Database) -> Document | None:
    """Read it: `token` and `ends`, the topic's next offsets by partition, belong together; None before `init`."""
    return await db.progress.find_one({"_id": "relay"})


def unpublished_from(progress: Mapping[str, Any]) -> Document:
    """Give the position in the change stream of `events` behind which everything is unpublished."""
    if progress["token"]:
        return {"resumeAfter": progress["token"]}
    return {"startAtOperationTime": progress["startAt"]}
