"""The replica of the directory when its topic is deleted and created again."""

import json
from pathlib import Path

import pytest

from shared.directory import replica as replica_module
from shared.directory.entries import Agency, Directory, updated
from shared.directory.replica import DirectoryReplica
from shared.kafka import ensure_topics
from shared.kafka.publishing import producer
from shared.process.settings import EngineSettings
from shared.storage.topics import TopicDefinition, Topics
from tests.support.clients.http import answering, free_port
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH, TWO_AGENCIES_AND_A_PARK, publish_directory
from tests.support.data.marks import MARK
from tests.support.data.tickets import ticket_uid
from tests.support.engines.foreign import KINDS, stranger, write
from tests.support.engines.topic import delete_until_gone
from tests.support.expected.views import until
from tests.support.processes.services import service, stopped
from tests.support.processes.tasks import running

RENAMED = Agency(uid=NORTH, label="Far North", accountUid=ACCOUNT)


def agencies(count: int) -> list[Agency]:
    return [Agency(uid=ticket_uid(number), label="One of many", accountUid=ACCOUNT) for number in range(count)]


def topic_of(settings: EngineSettings) -> TopicDefinition:
    topics = Topics(settings.topic_prefix)
    return next(topic for topic in topics.definitions() if topic.name == topics.directory)


async def holds(replica: DirectoryReplica, *entries: Agency) -> None:
    async def same() -> bool:
        return replica.offset == len(entries) and replica.directory == updated(Directory(), entries)

    await until(same)


async def test_without_its_topic_it_is_empty_until_the_topic_is_created(settings: EngineSettings) -> None:
    await publish_directory(settings)
    await delete_until_gone(settings, topic_of(settings))
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica, running(replica.follow()):
        assert (replica.directory, replica.offset) == (Directory(), 0)
        await ensure_topics(settings.kafka, [topic_of(settings)])
        await publish_directory(settings, [RENAMED])
        await holds(replica, RENAMED)


async def test_changed_since_uses_the_latest_record_of_each_entry(
    settings: EngineSettings,
) -> None:
    await publish_directory(settings)
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica, running(replica.follow()):
        await publish_directory(settings, [RENAMED])
        await replica.reach(4, 20)
        assert replica.is_complete
        changed = [replica.changed_since(offset) for offset in range(5)]
    assert changed == [{NORTH, SOUTH, PARK}, {NORTH, SOUTH, PARK}, {NORTH, PARK}, {NORTH}, set()]


async def test_offsets_of_a_deleted_topic_do_not_count(settings: EngineSettings) -> None:
    async def noticed() -> bool:
        return replica.offset == 0

    await publish_directory(settings)
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica, running(replica.follow()):
        await delete_until_gone(settings, topic_of(settings))
        await until(noticed)
        complete = [replica.is_complete]
        await ensure_topics(settings.kafka, [topic_of(settings)])
        await publish_directory(settings, [RENAMED])
        await holds(replica, RENAMED)
        complete.append(replica.is_complete)
        assert complete == [False, True]
        assert replica.changed_since(0) == {NORTH}


async def test_a_topic_that_takes_long_to_read_is_read_to_its_end(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The topic holds many records that are no entries. The timeout is for silence, not for the number of records."""
    monkeypatch.setattr(replica_module, "START_SECONDS", 1)
    async with stranger(settings) as sender:
        for _ in range(80):
            await write(sender, topic_of(settings).name, 0, KINDS["many wrong items"])
    await publish_directory(settings)
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica:
        assert replica.is_complete
        assert replica.directory == updated(Directory(), TWO_AGENCIES_AND_A_PARK)


async def publish_broken(settings: EngineSettings, key: str, value: bytes | None) -> None:
    async with producer(settings.kafka) as sender:
        await sender.send_and_wait(topic_of(settings).name, value, key.encode())


@pytest.mark.parametrize("value", [f'{{"kind": "agency", "label": "{MARK}"}}'.encode(), MARK.encode(), b"\xff", None])
async def test_an_unreadable_record_leaves_its_entry_unchanged_until_the_next_one(
    settings: EngineSettings, value: bytes | None
) -> None:
    await publish_directory(settings)
    await publish_broken(settings, NORTH, value)
    before = updated(Directory(), TWO_AGENCIES_AND_A_PARK)
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica, running(replica.follow()):
        assert (replica.offset, replica.directory, replica.unreadable) == (4, before, {NORTH})
        assert replica.is_complete
        await publish_broken(settings, SOUTH, value)
        await replica.reach(5, 20)
        assert (replica.directory, replica.unreadable) == (before, {NORTH, SOUTH})
        assert not replica.changed_since(3)
        await publish_directory(settings, [RENAMED])
        await replica.reach(6, 20)
        assert replica.directory == updated(before, [RENAMED])
        assert replica.changed_since(3) == {NORTH}
        assert replica.unreadable == {SOUTH}


async def test_a_service_logs_an_unreadable_record_without_its_text(settings: EngineSettings, tmp_path: Path) -> None:
    await publish_directory(settings)
    await publish_broken(settings, NORTH, f'{{"kind": "agency", "uid": "{NORTH}", "label": ["{MARK}"]}}'.encode())
    log, port = tmp_path / "log", free_port()
    async with service("command", settings, log, port=port) as process:
        await answering(f"http://127.0.0.1:{port}", process, log)
        await stopped(process)
    assert MARK not in log.read_text()
    (line,) = [said for line in log.read_text().splitlines() if (said := json.loads(line))["level"] == "error"]
    assert (line["event"], line["partition"], line["offset"]) == ("directory_record_unreadable", 0, 3)
    assert line["reason"] == "label: string_type; accountUid: missing"


@pytest.mark.parametrize("entries", [1, len(TWO_AGENCIES_AND_A_PARK), 50])
async def test_a_topic_that_was_created_again_is_read_from_its_beginning(
    settings: EngineSettings, entries: int
) -> None:
    async def noticed() -> bool:
        return replica.offset == 0

    await publish_directory(settings)
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica, running(replica.follow()):
        await delete_until_gone(settings, topic_of(settings))
        await until(noticed)
        assert replica.directory.knows_agency(NORTH)
        assert await replica.end() == 0
        await ensure_topics(settings.kafka, [topic_of(settings)])
        await publish_directory(settings, agencies(entries))
        await holds(replica, *agencies(entries))


async def test_a_topic_that_ends_below_the_offset_is_read_from_its_beginning(settings: EngineSettings) -> None:
    await publish_directory(settings)
    async with DirectoryReplica(settings.kafka, topic_of(settings).name) as replica:
        await delete_until_gone(settings, topic_of(settings))
        await ensure_topics(settings.kafka, [topic_of(settings)])
        await publish_directory(settings, [RENAMED])
        async with running(replica.follow()):
            await holds(replica, RENAMED)
