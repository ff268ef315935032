"""The refill that `ticketstream republish` starts and watches; the relay publishes the events."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from time import monotonic

from shared.explained_error import ExplainedError
from shared.kafka import consumer, end_offsets, ensure_topics, missing_topics
from shared.mongo import Document, connected, database
from shared.process.heartbeats import living
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import forget_directory
from shared.storage.publication import Refill, begin_refill, read_publication
from shared.storage.topics import PARTITIONS, Topics

LOOK_SECONDS = 0.2
STALLED_SECONDS = 60.0
"""Seconds without progress of a refill after which `watch` gives up."""


class StalledError(ExplainedError):
    """A refill makes no progress."""


class UnaskedError(ExplainedError):
    """All events would be published again, and nobody confirmed it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The names of the topics that were created, and the refill that runs now."""

    made: tuple[str, ...]
    refill: Refill | None


async def is_refilling(engines: EngineSettings) -> bool:
    """Return whether a refill runs now. Raises `NotInitialisedError` or `PyMongoError`."""
    async with connected(engines.mongo) as client:
        return (await read_publication(database(client, engines.database))).refill is not None


async def begin(engines: EngineSettings, *, again: bool) -> Begun:
    """Create the missing topics. Start a refill when the topic of events is one of them, or when `again` is true.

    The refill is saved before the topic is created. If this process is killed in between, the relay finds the new topic
    and fills it. For the same reason the checkpoints' directory offsets are reset first. Raises `NotInitialisedError`,
    `IncompleteTopicError`, `KafkaError` or `PyMongoError`.
    """
    topics = Topics(engines.topic_prefix)
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        publication = await read_publication(db)
        missing = await missing_topics(engines.kafka, topics.definitions())
        is_gone = any(topic.name == topics.ticket_events for topic in missing)
        if (is_gone or again) and not publication.refill:
            base = {} if is_gone else await _ends(engines)
            publication = await begin_refill(db, publication, base)
        if any(topic.name == topics.directory for topic in missing):
            await forget_directory(db)
        if missing:
            await ensure_topics(engines.kafka, missing)
        return Begun(tuple(topic.name for topic in missing), publication.refill)


async def _ends(engines: EngineSettings) -> dict[int, int]:
    async with consumer(engines.kafka) as reader:
        return await end_offsets(reader, Topics(engines.topic_prefix).ticket_events, PARTITIONS)


async def watch(engines: EngineSettings) -> AsyncGenerator[Refill, None]:
    """Yield the state of the refill every `LOOK_SECONDS` until it is done.

    Raises `StalledError` when no event is published for `STALLED_SECONDS`, or `PyMongoError`.
    """
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        seen, moved = -1, monotonic()
        while refill := (await read_publication(db)).refill:
            if refill.done != seen:
                seen, moved = refill.done, monotonic()
            yield refill
            if monotonic() - moved > STALLED_SECONDS:
                raise StalledError(reason(await living(db)))
            await asyncio.sleep(LOOK_SECONDS)


def reason(heartbeats: Iterable[Document]) -> str:
    """Return why a refill makes no progress, according to the heartbeats of the services."""
    relays = [beat for beat in heartbeats if beat["service"] == "command"]
    if not relays:
        return "The refill makes no progress because no command service runs; start one to continue it."
    for beat in relays:
        if failure := beat["relayFailure"]:
            return f"The refill makes no progress: {failure}"
    return "The refill makes no progress, and no command service reports why; read their logs."
