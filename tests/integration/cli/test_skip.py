"""`ticketstream skip`: it skips the record that stops a partition, and no other."""

from services.projector.projection import Projection
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.integration.cli.cli_platform import CommandLine
from tests.support.data.directory import publish_directory
from tests.support.engines.foreign import Foreign, stranger, write
from tests.support.expected.views import until
from tests.support.processes.projecting import projecting_into


async def test_the_partition_continues_after_the_skipped_record(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    await publish_directory(settings)
    async with projecting_into(db, settings) as projection:
        async with stranger(settings) as sender:
            await write(sender, Topics(settings.topic_prefix).ticket_events, 4, Foreign())
        await until(lambda: _is_noted(db))
        outcome = await ticketstream("skip", "4", "1")
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err == "Partition 4 is not stopped at offset 1; see `ticketstream status`.\n"
        outcome = await ticketstream("skip", "4", "0")
        assert (outcome.code, outcome.out) == (0, "partition 4 continues at offset 1\n"), outcome
        await until(lambda: _goes_on(projection))
    assert (await db.checkpoints.find_one({"_id": 4}) or {})["offset"] == 1


async def _is_noted(db: Database) -> bool:
    return bool(await db.checkpoints.count_documents({"_id": 4, "stopped.offset": 0}))


async def _goes_on(projection: Projection) -> bool:
    return not projection.stopped and projection.lag == 0
