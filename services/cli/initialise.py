"""The set-up of the engines: topics, collections and indexes. A second run changes nothing."""

import asyncio

from shared.kafka import configure_topics, ensure_groups, ensure_topics
from shared.mongo import connected, database
from shared.process.settings import EngineSettings
from shared.storage.publication import add_topics, read_publication
from shared.storage.schema import ensure_schema
from shared.storage.topics import Topics


async def initialise(settings: EngineSettings) -> bool:
    """Create the database's schema and the topics that were never created, and write the topics' settings.

    Kafka's own topic for consumer groups is created with them. Returns whether the database has users.

    A topic that was created before and is now missing is not created again, because it held events. The relay reports
    it; `republish` creates and fills it. Raises `IncompleteTopicError`, `KafkaError` or `PyMongoError`.
    """
    async with connected(settings.mongo) as client:
        db = database(client, settings.database)
        await ensure_schema(db)
        made = (await read_publication(db)).topics
        topics = Topics(settings.topic_prefix).definitions()
        new = [topic for topic in topics if topic.name not in made]
        if new:
            await asyncio.gather(ensure_topics(settings.kafka, new), ensure_groups(settings.kafka))
            await add_topics(db, (topic.name for topic in new))
        await configure_topics(settings.kafka, topics)
        return await db.users.find_one({}, {"_id": 1}) is not None
