"""Having the topic of events made and filled again from the event store: begun here, done by the relay."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from time import monotonic

from services.cli.refill import Refill, under_way
from shared.heartbeats import living
from shared.kafka import consumer, end_offsets, ensure_topics, missing_topics
from shared.mongo import Document, connected, database
from shared.relay_position import begin_refill, relay_progress
from shared.settings import EngineSettings
from shared.topics import PARTITIONS, Topics

LOOK_SECONDS = 0.2
STALLED_SECONDS = 60.0
"""How long a refill may stand still before its watcher gives up."""


class StalledError(Exception):
    """A refill does not go on; the text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What was done: the names of topics `made`, and the refill that is going on."""

    made: tuple[str, ...]
    refill: Refill | None


async def begin(engines: EngineSettings, *, again: bool) -> Begun:
    """Make the topics that are gone, and begin a refill if that of the events is one of them, or for `again`.

    The refill is written down first: a relay that finds the new topic knows that it has to be filled, whenever this is
    killed. So it is that the views show nothing of a new directory yet. Raises `NotInitialisedError`,
    `IncompleteTopicError`, `KafkaError` or `PyMongoError`.
    """
    topics = Topics(engines.topic_prefix)
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        progress = await relay_progress(db)
        missing = await missing_topics(engines.kafka, topics.definitions())
        is_gone = any(topic.name == topics.ticket_events for topic in missing)
        if (is_gone or again) and not progress["refill"]:
            base = {} if is_gone else await _ends(engines)
            progress = await begin_refill(db, progress, base)
        if any(topic.name == topics.directory for topic in missing):
            await db.checkpoints.update_many({}, {"$set": {"directory": 0}})
        if missing:
            await ensure_topics(engines.kafka, missing)
        return Begun(tuple(topic.name for topic in missing), under_way(progress))


async def _ends(engines: EngineSettings) -> dict[int, int]:
    async with consumer(engines.kafka) as reader:
        return await end_offsets(reader, Topics(engines.topic_prefix).ticket_events, PARTITIONS)


async def watch(engines: EngineSettings) -> AsyncGenerator[Refill, None]:
    """Tell how the refill goes on, until it is done.

    Raises `StalledError` when nothing moves for `STALLED_SECONDS`, or `PyMongoError`.
    """
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        seen, moved = -1, monotonic()
        while refill := under_way(await relay_progress(db)):
            if refill.done != seen:
                seen, moved = refill.done, monotonic()
            yield refill
            if monotonic() - moved > STALLED_SECONDS:
                raise StalledError(reason(await living(db)))
            await asyncio.sleep(LOOK_SECONDS)


def reason(heartbeats: Iterable[Document]) -> str:
    """Say why a refill stands still, by what the living services say of themselves."""
    relays = [beat for beat in heartbeats if beat["service"] == "command"]
    if not relays:
        return "The refill stands still because no command service runs; start one, and it goes on."
    for beat in relays:
        if failure := beat["relayFailure"]:
            return f"The refill stands still: {failure}"
    return "The refill stands still, and no command service says why; look into their logs."
