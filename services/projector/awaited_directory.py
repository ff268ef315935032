"""Waiting for the directory's replica, so that views are rendered with the names that they need."""

from collections.abc import Iterable

from services.projector.folds.batch import Incoming, missing_entries
from services.projector.projection_log import log
from shared.directory.replica import DirectoryReplica
from shared.storage.checkpoints import Checkpoint

DIRECTORY_SECONDS = 5.0
"""How long to wait for the replica, in seconds."""


async def reach_shown(replica: DirectoryReplica, loaded: Iterable[Checkpoint]) -> None:
    """Wait until the replica is as new as the one that rendered the views, so that no view gets an older name.

    Raises `KafkaError`, or `TimeoutError` after `DIRECTORY_SECONDS`.
    """
    shown = max((checkpoint.directory for checkpoint in loaded), default=0)
    if replica.offset < shown:
        await replica.reach(min(shown, await replica.end()), DIRECTORY_SECONDS)


async def await_missing(replica: DirectoryReplica, incoming: Iterable[Incoming]) -> None:
    """Wait for entries that events name and the replica lacks: they may have been published a moment ago.

    Logs a warning after `DIRECTORY_SECONDS`; raises `KafkaError`.
    """
    if missing_entries(incoming, replica.directory):
        try:
            await replica.reach(await replica.end(), DIRECTORY_SECONDS)
        except TimeoutError:
            log.warning("directory_behind", offset=replica.offset)
