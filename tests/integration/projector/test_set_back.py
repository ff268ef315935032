"""Kafka remembers that the views were further than MongoDB says: a new generation starts, and nothing older is read."""

from collections.abc import Mapping

from services.projector.applied_offsets import AppliedOffsets, generation_beyond
from shared.kafka import committed
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import Checkpoint, load
from shared.storage.publication import read_publication
from shared.storage.topics import PARTITIONS, Topics
from tests.integration.projector.conftest import Start
from tests.support.data.tickets import life, publish_events, ticket_uid
from tests.support.expected.views import until, until_applied


async def applied_and_told(db: Database, settings: EngineSettings, projecting: Start) -> dict[int, Checkpoint]:
    """Apply a ticket's events and wait until Kafka has the offsets; return the checkpoints."""
    async with projecting():
        await publish_events(settings, life(ticket_uid(1), 4))
        await until_applied(db, 4)
        found = await load(db, range(PARTITIONS))

        async def known() -> bool:
            kept = await remembered(settings)
            return all(kept.get(at.partition) == (at.offset, "1") for at in found.values() if at.offset)

        await until(known)
    return found


async def remembered(settings: EngineSettings) -> Mapping[int, tuple[int, str]]:
    group = f"{settings.topic_prefix}projection"
    return await committed(settings.kafka, group, Topics(settings.topic_prefix).ticket_events)


async def test_the_applied_offsets_are_committed_to_kafka(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    found = await applied_and_told(db, settings, projecting)
    topic = Topics(settings.topic_prefix).ticket_events
    applied_offsets = AppliedOffsets(settings.kafka, f"{settings.topic_prefix}projection", topic)
    assert generation_beyond(await applied_offsets.read(), found) is None


async def test_restored_checkpoints_begin_a_new_generation_at_the_end_of_the_topic(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    found = await applied_and_told(db, settings, projecting)
    await db.checkpoints.update_many({}, {"$set": {"offset": 0}})
    for collection in (db.journal, db.tickets, db.stats):
        await collection.delete_many({})
    async with projecting() as projection:

        async def begun() -> bool:
            return all(at.generation > 1 for at in (await load(db, range(PARTITIONS))).values())

        await until(begun)
        publication = await read_publication(db)
        assert publication.refill is not None
        assert publication.base == {number: at.offset for number, at in found.items()}
        older, generation = life(ticket_uid(2), 3), publication.generation
        await publish_events(settings, older[2:])  # by a relay that does not know of the new generation yet
        await publish_events(settings, older, generation)
        await until_applied(db, 3)
    assert not projection.stopped
    assert await db.journal.count_documents({"ticket": ticket_uid(1)}) == 0
