"""`ticketstream init`: what services expect to find, made once."""

import secrets

import pytest

from shared.kafka import consumer, end_offsets
from shared.mongo import Database
from shared.relay_position import relay_progress
from shared.topics import PARTITIONS
from tests.integration.cli.running import CommandLine, Outcome


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
        assert (await relay_progress(fresh))["ends"] == {"0": 7}
        assert await fresh.checkpoints.count_documents({}) == PARTITIONS
        kafka = ticketstream.environment["TICKETSTREAM_KAFKA"]
        async with consumer(kafka) as reader:
            ends = await end_offsets(reader, f"{name}.ticket-events", PARTITIONS)
        assert ends == dict.fromkeys(range(PARTITIONS), 0)
    finally:
        await db.client.drop_database(name)


@pytest.mark.parametrize(("option", "reason"), [("--kafka", "give HOST:PORT"), ("--mongo", "begins with mongodb://")])
async def test_an_address_that_is_none_is_refused(ticketstream: CommandLine, option: str, reason: str) -> None:
    outcome = await ticketstream("init", option, "localhost")
    assert outcome.code == 2
    assert reason in outcome.err
