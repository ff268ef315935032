"""Directory entries, and publishing them."""

from collections.abc import Iterable

from shared.directory.entries import Agency, Entry, Patrimony
from shared.kafka.publishing import Message, producer, publish
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
PARK, ACCOUNT = "f178e729-3286-74d1-ab19-c8539d1dc741", "aaaaaaaa-3286-74d1-ab19-c8539d1dc741"
TWO_AGENCIES_AND_A_PARK: tuple[Entry, ...] = (
    Agency(uid=NORTH, label="North", accountUid=ACCOUNT),
    Agency(uid=SOUTH, label="South", accountUid=NORTH),
    Patrimony(uid=PARK, ref="ZER319", agencyUids=(NORTH, SOUTH)),
)


async def publish_directory(settings: EngineSettings, entries: Iterable[Entry] = TWO_AGENCIES_AND_A_PARK) -> None:
    """Publish entries as an import does."""
    messages = [Message(0, entry.uid.encode(), entry.model_dump_json().encode(), 1) for entry in entries]
    async with producer(settings.kafka) as sender:
        await publish(sender, Topics(settings.topic_prefix).directory, messages)
