"""Make what services expect to find: topics, collections, indexes. Running it again changes nothing."""

from shared.kafka import ensure_topics
from shared.mongo import connect, database
from shared.schema import ensure_schema
from shared.settings import EngineSettings
from shared.topics import Topics


async def initialise(settings: EngineSettings) -> None:
    """Make the topics and the database's schema where they are missing; raises `KafkaError` or `PyMongoError`."""
    client = connect(settings.mongo)
    try:
        await ensure_topics(settings.kafka, Topics(settings.topic_prefix).definitions())
        await ensure_schema(database(client, settings.database))
    finally:
        client.close()
