"""Make what services expect to find: topics, collections, indexes. Running it again changes nothing."""

from shared.kafka import ensure_topics
from shared.mongo import connected, database
from shared.relay_position import relay_progress
from shared.schema import ensure_schema
from shared.settings import EngineSettings
from shared.topics import Topics


async def initialise(settings: EngineSettings) -> bool:
    """Make the database's schema and the topics where they were never made.

    Tells whether there are users yet. A topic that was made and is gone held events: that is for the relay to say and
    for `republish` to mend. Raises `IncompleteTopicError`, `KafkaError` or `PyMongoError`.
    """
    async with connected(settings.mongo) as client:
        db = database(client, settings.database)
        await ensure_schema(db)
        made = (await relay_progress(db))["topics"]
        new = [topic for topic in Topics(settings.topic_prefix).definitions() if topic.name not in made]
        if new:
            await ensure_topics(settings.kafka, new)
            names = [topic.name for topic in new]
            await db.progress.update_one({"_id": "relay"}, {"$addToSet": {"topics": {"$each": names}}})
        return await db.users.find_one({}, {"_id": 1}) is not None
