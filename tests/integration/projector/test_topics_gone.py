"""A projection that starts without its topics, and reads them once they exist again."""

from shared.kafka import ensure_topics
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import begin_refill, read_publication
from shared.storage.topics import Topics
from tests.integration.projector.conftest import Start
from tests.support.data.directory import publish_directory
from tests.support.data.tickets import interleaved, life, publish_events, ticket_uid
from tests.support.engines.topic import delete_until_gone
from tests.support.expected.views import assert_applied_exactly_once, until, until_applied


async def test_it_starts_without_topics_and_reads_them_once_they_exist(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    lives = [life(ticket_uid(number), 4) for number in range(20)]
    topics = Topics(settings.topic_prefix).definitions()
    async with projecting():
        await publish_events(settings, interleaved(lives)[:40])
        await until_applied(db, 40)
    await delete_until_gone(settings, *topics)
    async with projecting():
        anew = await begin_refill(db, await read_publication(db), {})
        await ensure_topics(settings.kafka, topics)
        await publish_directory(settings)
        await publish_events(settings, interleaved(lives), anew.generation)
        await until_applied(db, 80)
    await assert_applied_exactly_once(db, lives)


async def test_without_the_directory_events_that_need_it_wait_for_it_in_their_partition(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    events = life(ticket_uid(1), 3)
    _, directory = Topics(settings.topic_prefix).definitions()
    await delete_until_gone(settings, directory)
    async with projecting() as projection:

        async def stopped() -> bool:
            return bool(projection.stopped)

        await publish_events(settings, events)
        await until(stopped)
        await ensure_topics(settings.kafka, [directory])
        await publish_directory(settings)
        await until_applied(db, 3)
    await assert_applied_exactly_once(db, [events])
