"""`ticketstream directory import`: all or nothing, once, and in force when it returns."""

import asyncio
import json
from asyncio.subprocess import PIPE

import pytest

from services.cli import imports
from shared.directory import Agency, Patrimony
from shared.kafka import Message, consumer, end_offsets, producer, publish
from shared.mongo import Database
from shared.replica import DirectoryReplica
from shared.settings import EngineSettings
from shared.topics import Topics
from tests.integration.cli.running import CommandLine, ended, living
from tests.support.directory import ACCOUNT, NORTH, PARK
from tests.support.views import until

AGENCY = {"uid": NORTH, "label": "North", "accountUid": ACCOUNT}
PATRIMONY = {"uid": PARK, "ref": "ZER319", "agencyUids": [NORTH]}
FILE = json.dumps({"agencies": [AGENCY], "patrimonies": [PATRIMONY]}).encode()


def topic(settings: EngineSettings) -> str:
    return Topics(settings.topic_prefix).directory


async def published(settings: EngineSettings) -> int:
    async with consumer(settings.kafka) as reader:
        return (await end_offsets(reader, topic(settings), 1))[0]


async def test_what_is_imported_is_known_and_importing_it_again_changes_nothing(
    ticketstream: CommandLine, settings: EngineSettings
) -> None:
    (ticketstream.folder / "directory.json").write_bytes(FILE)
    first = await ticketstream("directory", "import", "directory.json")
    assert (first.code, first.out, first.err) == (0, "2 entries changed\n", "")
    async with DirectoryReplica(settings.kafka, topic(settings)) as replica:
        assert replica.directory.find(NORTH) == Agency(uid=NORTH, label="North", accountUid=ACCOUNT)
        assert replica.directory.find(PARK) == Patrimony(uid=PARK, ref="ZER319", agencyUids=(NORTH,))
    again = await ticketstream("directory", "import", "-", stdin=FILE)
    assert (again.code, again.out, again.err) == (0, "nothing changed\n", "")
    assert await published(settings) == 2


async def test_an_entry_whose_record_can_not_be_read_is_imported_again(
    ticketstream: CommandLine, settings: EngineSettings
) -> None:
    await ticketstream("directory", "import", "-", stdin=FILE)
    async with producer(settings.kafka) as sender:
        await publish(sender, topic(settings), [Message(0, NORTH.encode(), b"broken", 1)])
    again = await ticketstream("directory", "import", "-", stdin=FILE)
    assert (again.code, again.out) == (0, "1 entry changed\n")
    assert await published(settings) == 4
    async with DirectoryReplica(settings.kafka, topic(settings)) as replica:
        assert replica.unreadable == set()


async def test_an_entry_that_is_wrong_is_named_and_nothing_is_imported(
    ticketstream: CommandLine, settings: EngineSettings
) -> None:
    wrong = json.dumps({"agencies": [AGENCY, {"uid": PARK, "label": "South"}]}).encode()
    outcome = await ticketstream("directory", "import", "-", stdin=wrong)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"agencies[1] ({PARK}): accountUid: Field required.\n"
    assert await published(settings) == 0


async def test_it_returns_when_every_living_service_has_reached_the_import(
    ticketstream: CommandLine, settings: EngineSettings, db: Database
) -> None:
    async with (
        living(db, settings, "gateway", "gateway") as gateway,
        living(db, settings, "command", "command-1", directoryOffset=9),
    ):
        importing = asyncio.create_task(ended(await ticketstream.start("directory", "import", "-", stderr=PIPE), FILE))
        async with asyncio.timeout(30):
            while await published(settings) < 2:
                assert not importing.done(), importing.result()
        gateway.says(directoryOffset=1)
        await until_said(db, 1)
        done, _ = await asyncio.wait([importing], timeout=1)
        assert not done
        gateway.says(directoryOffset=2)
        outcome = await importing
    assert (outcome.code, outcome.out, outcome.err) == (0, "2 entries changed\n", "")


async def until_said(db: Database, offset: int) -> None:
    async def said() -> bool:
        return await db.heartbeats.find_one({"_id": "gateway", "directoryOffset": offset}) is not None

    await until(said)


async def test_a_service_that_does_not_reach_the_import_in_time_is_named(
    settings: EngineSettings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "IN_FORCE_WITHIN", 0.2)
    async with living(db, settings, "gateway", "gateway"), living(db, settings, "command", "command-1"):
        with pytest.raises(imports.NotInForceError, match=r"stored, but command-1, gateway did not take it over"):
            await imports.import_directory(settings, FILE)
    assert await published(settings) == 2


async def test_a_database_that_was_never_set_up_takes_no_import(ticketstream: CommandLine) -> None:
    ticketstream.environment["TICKETSTREAM_DATABASE"] = "never-set-up"
    outcome = await ticketstream("directory", "import", "-", stdin=FILE)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "The database never-set-up is not set up; run `ticketstream init`.\n"


async def test_a_kafka_that_does_not_answer_is_one_sentence(ticketstream: CommandLine) -> None:
    outcome = await ticketstream("directory", "import", "-", "--kafka", "127.0.0.1:1", stdin=FILE)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "Kafka at 127.0.0.1:1 does not answer; start it, or give another one with --kafka.\n"
