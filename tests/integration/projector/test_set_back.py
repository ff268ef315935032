"""Kafka remembers that the views were further than MongoDB says: a new generation begins, and nothing older is read."""

from collections.abc import Mapping

from services.projector.checkpoints import Checkpoint, load
from services.projector.witness import Witness, contradiction
from shared.kafka import committed
from shared.mongo import Database, Document
from shared.relay_position import relay_progress
from shared.settings import EngineSettings
from shared.topics import PARTITIONS, Topics
from tests.integration.projector.conftest import Start
from tests.support.tickets import life, publish_events, ticket_uid
from tests.support.views import until, until_applied


async def applied_and_told(db: Database, settings: EngineSettings, projecting: Start) -> dict[int, Checkpoint]:
    """Apply a ticket's life and wait until Kafka knows; gives the checkpoints."""
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


async def test_kafka_keeps_what_is_applied(db: Database, settings: EngineSettings, projecting: Start) -> None:
    found = await applied_and_told(db, settings, projecting)
    topic = Topics(settings.topic_prefix).ticket_events
    witness = Witness(settings.kafka, f"{settings.topic_prefix}projection", topic)
    assert contradiction(await witness.remembered(), found) is None


async def test_checkpoints_that_were_set_back_begin_a_new_generation_where_the_topic_ends(
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
        progress: Document = await relay_progress(db)
        assert progress["refill"] is not None
        assert progress["base"] == {str(number): at.offset for number, at in found.items()}
        older, generation = life(ticket_uid(2), 3), progress["generation"]
        await publish_events(settings, older[2:])  # by a relay that does not know of the new generation yet
        await publish_events(settings, older, generation)
        await until_applied(db, 3)
    assert not projection.stopped
    assert await db.journal.count_documents({"ticket": ticket_uid(1)}) == 0
