"""`ticketstream directory import`: all or nothing, once, and in effect when it returns."""

import asyncio
import json
from asyncio.subprocess import PIPE

import pytest

from services.cli.imports import in_force
from services.cli.imports.directory import import_directory
from shared.directory.entries import Agency, Patrimony
from shared.directory.replica import DirectoryReplica
from shared.kafka import consumer, end_offsets
from shared.kafka.publishing import Message, producer, publish
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.topics import Topics
from tests.integration.cli.cli_platform import CommandLine, ended, living
from tests.support.data.directory import ACCOUNT, NORTH, PARK
from tests.support.expected.views import until

AGENCY = {"uid": NORTH, "label": "North", "accountUid": ACCOUNT}
PATRIMONY = {"uid": PARK, "ref": "ZER319", "agencyUids": [NORTH]}
FILE = json.dumps({"agencies": [AGENCY], "patrimonies": [PATRIMONY]}).encode()


def topic(settings: EngineSettings) -> str:
    return Topics(settings.topic_prefix).directory


async def published(settings: EngineSettings) -> int:
    async with consumer(settings.kafka) as reader:
        return (await end_offsets(reader, topic(settings), 1))[0]


async def test_imported_entries_are_known_and_a_second_import_changes_nothing(
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


async def test_a_dry_run_counts_by_kind_and_changes_nothing(
    ticketstream: CommandLine, settings: EngineSettings
) -> None:
    await ticketstream("directory", "import", "-", stdin=FILE)
    other = json.dumps(
        {
            "agencies": [AGENCY, AGENCY | {"uid": ACCOUNT}],
            "patrimonies": [PATRIMONY | {"ref": "other"}],
            "operators": [{"uid": "f281d579-084e-95a1-8abb-582f2dcc2ed5", "name": "Ann"}],
        }
    ).encode()
    outcome = await ticketstream("directory", "import", "--dry-run", "-", stdin=other)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "agencies: 1 added, 1 unchanged",
        "operators: 1 added",
        "patrimonies: 1 changed",
        "dry run: nothing changed",
    ]
    assert await published(settings) == 2
    wrong = await ticketstream("directory", "import", "--dry-run", "-", stdin=b'{"agences": [], "operators": [{}]}')
    assert (wrong.code, wrong.out, len(wrong.err.splitlines())) == (1, "", 3)


async def test_unknown_entries_to_remove_are_named_and_a_second_import_changes_nothing(
    ticketstream: CommandLine, settings: EngineSettings
) -> None:
    await ticketstream("directory", "import", "-", stdin=FILE)
    removed = {"agencies": [{"uid": ACCOUNT, "removed": True}], "patrimonies": [{"uid": PARK, "removed": True}]}
    content, named = json.dumps(removed).encode(), f"agencies to remove that are not there: {ACCOUNT}\n"
    counted = await ticketstream("directory", "import", "-", "--dry-run", stdin=content)
    assert (counted.code, counted.err) == (0, named)
    assert counted.out == "agencies: 1 not there\npatrimonies: 1 removed\ndry run: nothing changed\n"
    first = await ticketstream("directory", "import", "-", stdin=content)
    assert (first.code, first.out, first.err) == (0, "1 entry changed\n", named)
    again = await ticketstream("directory", "import", "-", stdin=content)
    assert (again.code, again.out, again.err) == (0, "nothing changed\n", named)


async def test_an_endless_file_is_refused_with_one_sentence(ticketstream: CommandLine) -> None:
    outcome = await ticketstream("directory", "import", "/dev/zero", "--dry-run")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "The file has more than 64 MiB; import its entries from several files.\n"


async def test_an_entry_whose_record_cannot_be_read_is_imported_again(
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
    assert outcome.err == f"agencies[1] ({PARK}): accountUid: is missing.\n"
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
    monkeypatch.setattr(in_force, "IN_FORCE_WITHIN", 0.2)
    async with living(db, settings, "gateway", "gateway"), living(db, settings, "command", "command-1"):
        with pytest.raises(in_force.NotInForceError, match=r"stored, but command-1, gateway did not take it over"):
            await import_directory(settings, FILE)
    assert await published(settings) == 2


async def test_a_database_that_was_never_set_up_takes_no_import(ticketstream: CommandLine) -> None:
    ticketstream.environment["TICKETSTREAM_DATABASE"] = "never-set-up"
    outcome = await ticketstream("directory", "import", "-", stdin=FILE)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "The database never-set-up is not set up; run `ticketstream init`.\n"


async def test_a_kafka_that_does_not_answer_is_reported_in_one_sentence(ticketstream: CommandLine) -> None:
    outcome = await ticketstream("directory", "import", "-", "--kafka", "127.0.0.1:1", stdin=FILE)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "Kafka at 127.0.0.1:1 does not answer; start it, or give another one with --kafka.\n"
