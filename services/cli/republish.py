"""Having the topic of events made and filled again from the event store: begun here, done by the relay."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

from shared.heartbeats import living
from shared.kafka import ensure_topics, missing_topics
from shared.mongo import Database, connected, database
from shared.progress import begin_refill, relay_progress
from shared.settings import EngineSettings
from shared.topics import Topics

LOOK_SECONDS = 0.2
STALLED_SECONDS = 60.0
"""How long a refill may stand still before its watcher gives up."""


class StalledError(Exception):
    """A refill does not go on; the text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What was done: the names of topics `made`, and whether a refill is going on."""

    made: tuple[str, ...]
    refilling: bool


@dataclass(frozen=True, slots=True)
class Refilled:
    """How many events are published once more, of how many there were when it began."""

    done: int
    total: int


async def begin(engines: EngineSettings, *, again: bool) -> Begun:
    """Make the topics that are gone, and begin a refill if that of the events is one of them, or for `again`.

    The refill is written down first: a relay that finds the new topic knows that it has to be filled. Raises
    `NotInitialisedError`, `KafkaError` or `PyMongoError`.
    """
    topics = Topics(engines.topic_prefix)
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        progress = await relay_progress(db)
        missing = await missing_topics(engines.kafka, topics.definitions())
        is_gone = any(topic.name == topics.ticket_events for topic in missing)
        if (is_gone or again) and not progress["refill"]:
            progress = await begin_refill(db, progress, new_generation=True)
        if missing:
            await ensure_topics(engines.kafka, missing)
        return Begun(tuple(topic.name for topic in missing), progress["refill"] is not None)


async def watch(engines: EngineSettings) -> AsyncIterator[Refilled]:
    """Tell how the refill goes on, until it is done.

    Raises `StalledError` when nothing moves for `STALLED_SECONDS`, or `PyMongoError`.
    """
    async with connected(engines.mongo) as client:
        db = database(client, engines.database)
        seen, moved = -1, monotonic()
        while refill := (await relay_progress(db))["refill"]:
            if refill["done"] != seen:
                seen, moved = refill["done"], monotonic()
            yield Refilled(refill["done"], refill["total"])
            if monotonic() - moved > STALLED_SECONDS:
                raise StalledError(await _reason(db))
            await asyncio.sleep(LOOK_SECONDS)


async def _reason(db: Database) -> str:
    relays = [beat for beat in await living(db) if beat["service"] == "command"]
    if not relays:
        return "The refill stands still because no command service runs; start one, and it goes on."
    failure = next((beat["relayFailure"] for beat in relays if beat["relayFailure"]), "its relay does not say why")
    return f"The refill stands still: {failure}"
