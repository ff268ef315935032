"""`ticketstream init`: creates once what the services need."""

import secrets

import pytest

from services.cli.initialise import initialise
from shared.kafka import consumer, end_offsets
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import read_publication
from shared.storage.topics import PARTITIONS, Topics
from tests.integration.cli.cli_platform import CommandLine, Outcome
from tests.support.engines.topic import set_by_now, set_of_topic, set_on_topic


async def test_it_sets_up_engines_and_leaves_what_it_finds(ticketstream: CommandLine, db: Database) -> None:
    name = f"fresh-{secrets.token_hex(6)}"
    ticketstream.environment |= {"TICKETSTREAM_DATABASE": name, "TICKETSTREAM_TOPIC_PREFIX": f"{name}."}
    fresh: Database = db.client[name]
    done = "topics, collections and indexes are in place\n"
    nobody = "nobody can log in yet; add a user: ticketstream users add LOGIN --role operator --scope everything\n"
    try:
        assert await ticketstream("init") == Outcome(0, done + nobody, "")
        await fresh.users.insert_one({"_id": "somebody", "login": "somebody"})
        await fresh.progress.update_one({"_id": "relay"}, {"$set": {"ends": {"0": 7}}})
        assert await ticketstream("init") == Outcome(0, done, "")
        assert (await read_publication(fresh)).ends == {0: 7}
        assert await fresh.checkpoints.count_documents({}) == PARTITIONS
        kafka = ticketstream.environment["TICKETSTREAM_KAFKA"]
        async with consumer(kafka) as reader:
            ends = await end_offsets(reader, f"{name}.ticket-events", PARTITIONS)
        assert ends == dict.fromkeys(range(PARTITIONS), 0)
    finally:
        await db.client.drop_database(name)


@pytest.mark.parametrize(("option", "reason"), [("--kafka", "give HOST:PORT"), ("--mongo", "begins with mongodb://")])
async def test_an_invalid_address_is_refused(ticketstream: CommandLine, option: str, reason: str) -> None:
    outcome = await ticketstream("init", option, "localhost")
    assert outcome.code == 2
    assert reason in outcome.err


async def test_existing_topics_accept_records_of_any_date_and_keep_other_settings(
    settings: EngineSettings,
) -> None:
    earlier = {"message_timestamp_after_max_ms": "3600000", "compression_type": "producer"}
    await set_on_topic(settings, **earlier, segment_bytes="1048576")
    await initialise(settings)
    for topic in Topics(settings.topic_prefix).definitions():
        any_date = {"message.timestamp.after.max.ms": str(2**63 - 1), "compression.type": "uncompressed"}
        await set_by_now(settings, topic.name, {**topic.config, **any_date})
    kept = await set_of_topic(settings, Topics(settings.topic_prefix).ticket_events)
    assert (kept["segment.bytes"], kept["retention.ms"]) == ("1048576", "-1")
