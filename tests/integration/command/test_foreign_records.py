"""Foreign records in the topics: the command service and `ticketstream status` continue to work."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.kafka.publishing import REFUSALS
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import read_publication
from shared.storage.topics import PARTITIONS, Topics
from tests.integration.cli.cli_platform import CommandLine, living
from tests.integration.command.command_platform import Client, command_service, logged_in
from tests.support.data.directory import publish_directory
from tests.support.engines.foreign import KINDS, MISNAMED, Foreign, stranger, write
from tests.support.expected.views import until
from tests.support.processes.services import stopped

KEYLESS = {"nothing", "no key"}
"""Kinds that a compacted topic refuses."""


async def write_each(settings: EngineSettings, topic: str, partitions: int, kinds: dict[str, Foreign]) -> None:
    """Write the records into the partitions in turn, until each partition has some."""
    async with stranger(settings) as producer:
        for number, record in enumerate(kinds.values()):
            await write(producer, topic, number % partitions, record)


async def assert_it_goes_on(settings: EngineSettings, db: Database, log: Path) -> None:
    """Start a command service: it accepts and publishes a command, and finds no contradiction to its event store."""
    cookies = await logged_in(db, ["all"])
    before = sum((await read_publication(db)).ends.values())

    async def relayed() -> bool:
        return bool(sum((await read_publication(db)).ends.values()) > before)

    async with command_service(settings, log) as (url, process):
        await Client((url,), cookies).opened()
        await until(relayed)
        assert process.returncode is None
        await stopped(process)
    publication = await read_publication(db)
    assert (publication.generation, publication.refill) == (1, None)
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert {line["event"] for line in said if line["level"] in {"error", "critical"}} <= {
        "directory_record_unreadable",
        "directory_records_unreadable",
        "records_unreadable",
    }


async def test_the_relay_skips_records_that_it_did_not_write(
    settings: EngineSettings, db: Database, tmp_path: Path
) -> None:
    await publish_directory(settings)
    await write_each(settings, Topics(settings.topic_prefix).ticket_events, PARTITIONS, KINDS)
    await assert_it_goes_on(settings, db, tmp_path / "log")


async def test_a_directory_passes_over_records_that_are_no_entries(
    settings: EngineSettings, db: Database, tmp_path: Path
) -> None:
    kinds = {name: record for name, record in KINDS.items() if name not in KEYLESS}
    topic = Topics(settings.topic_prefix).directory
    await write_each(settings, topic, 1, kinds)
    await publish_directory(settings)
    await write_each(settings, topic, 1, kinds)
    await assert_it_goes_on(settings, db, tmp_path / "log")


@pytest.mark.parametrize("topic", ["directory", "ticket_events"])
async def test_the_end_marker_of_a_foreign_transaction_is_skipped(
    settings: EngineSettings, db: Database, tmp_path: Path, topic: str
) -> None:
    """The end of a transaction takes an offset that no consumer receives."""
    await publish_directory(settings)
    name = getattr(Topics(settings.topic_prefix), topic)
    async with stranger(settings, transactional_id=settings.database) as producer:
        for _ in range(2):
            async with producer.transaction():
                await write(producer, name, 0, Foreign(), wait=False)
    await assert_it_goes_on(settings, db, tmp_path / "log")


@pytest.mark.parametrize("topic", ["directory", "ticket_events"])
async def test_a_record_that_the_client_cannot_read_is_passed_over(
    settings: EngineSettings, db: Database, tmp_path: Path, topic: str
) -> None:
    await publish_directory(settings)
    name = getattr(Topics(settings.topic_prefix), topic)
    async with stranger(settings) as producer:
        for _ in range(3):
            await write(producer, name, 0, MISNAMED)
    await assert_it_goes_on(settings, db, tmp_path / "log")


async def test_compressed_records_are_limited_by_their_full_size(settings: EngineSettings) -> None:
    topics = Topics(settings.topic_prefix)
    async with stranger(settings, compression_type="gzip") as producer:
        for topic in (topics.directory, topics.ticket_events):
            await write(producer, topic, 0, Foreign(bytes(100_000)))
            with pytest.raises(REFUSALS):
                await write(producer, topic, 0, Foreign(bytes(20_000_000)))


async def test_status_works_with_any_record_in_the_topic(
    settings: EngineSettings, db: Database, tmp_path: Path
) -> None:
    topic = Topics(settings.topic_prefix).ticket_events
    for number, record in enumerate((KINDS["dated forever"], KINDS["of the year 9999"], KINDS["nothing"], MISNAMED)):
        async with stranger(settings) as producer:
            await write(producer, topic, number, record)
        await db.progress.update_one({"_id": "relay"}, {"$set": {f"ends.{number}": 1}})
    async with living(db, settings, "gateway", "gateway"):
        outcome = await CommandLine(settings, tmp_path)("status", "--json")
    assert (outcome.code, outcome.err) == (1, "")  # no projector runs
    status: dict[str, Any] = json.loads(outcome.out)
    assert status["lag"]["events"] == 4
    assert status["lag"]["milliseconds"] >= 0
