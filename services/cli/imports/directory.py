"""Imports the directory, all entries or none, and reads it."""

from services.cli.imports import directory_file
from services.cli.imports.entry_files import CHANGES
from services.cli.imports.import_report import Imported
from services.cli.imports.in_force import in_force, initialised
from shared.clock import utc_now
from shared.directory.entries import Directory
from shared.directory.replica import DirectoryReplica
from shared.kafka.publishing import Message, producer, publish
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics


async def import_directory(engines: EngineSettings, content: bytes, *, dry_run: bool = False) -> Imported:
    """Import a directory file and return the outcome of each entry; `dry_run` changes nothing and returns the same.

    It returns when every running service uses the new directory. An entry to remove that never existed is "not there"
    (see `import_users`). Raises `BadEntryError` (then nothing is imported), `NotInForceError`, `NotInitialisedError`,
    `KafkaError` or `PyMongoError`, and `TimeoutError` when the directory cannot be read from Kafka in time.
    """
    topic = Topics(engines.topic_prefix).directory
    async with initialised(engines) as db, DirectoryReplica(engines.kafka, topic) as replica:
        changes = directory_file.changes(content, replica.directory, replica.unreadable)
        imported = Imported([(change.kind, change.fate, change.uid) for change in changes])
        if dry_run:
            return imported
        changed = [change.entry for change in changes if change.entry and change.fate in CHANGES]
        reached = replica.offset
        if changed:
            now_ms = round(utc_now().timestamp() * 1_000)
            async with producer(engines.kafka) as sender:
                entries = (
                    Message(0, entry.uid.encode(), entry.model_dump_json(exclude_none=True).encode(), now_ms)
                    for entry in changed
                )
                reached = (await publish(sender, topic, entries))[0].stop
        await in_force(db, lambda beat: beat["directoryOffset"] >= reached)
        return imported


async def read_directory(engines: EngineSettings) -> Directory:
    """Return the directory, removed entries included, as its topic holds it now.

    Raises `KafkaError`, or `TimeoutError` when it cannot be read in time.
    """
    async with DirectoryReplica(engines.kafka, Topics(engines.topic_prefix).directory) as replica:
        return replica.directory
