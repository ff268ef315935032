"""`ticketstream republish` on real engines: its output; it only watches what the relay does."""

import os
import pty
import signal
from asyncio.subprocess import PIPE

import pytest

from services.cli import republish
from services.cli.republish import StalledError, begin, watch
from services.command.relay.relay import Relay
from shared.kafka import IncompleteTopicError, ensure_topics, missing_topics
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.publication import begin_refill, read_publication
from shared.storage.topics import TopicDefinition, Topics
from tests.integration.cli.cli_platform import CommandLine, ended, living
from tests.support.data.tickets import interleaved, life, ticket_uid
from tests.support.engines.topic import delete_until_gone, ids, until_relayed
from tests.support.expected.views import until
from tests.support.processes.command_line import line_with
from tests.support.processes.tasks import running

EVENTS = interleaved([life(ticket_uid(number), 4) for number in range(10)])


def relay(db: Database, settings: EngineSettings) -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), "command-1")


async def test_with_all_topics_present_it_says_so_and_changes_nothing(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    before = await read_publication(db)
    outcome = await ticketstream("republish")
    assert (outcome.code, outcome.out, outcome.err) == (0, "no event has to be published again\n", "")
    assert await read_publication(db) == before


async def test_a_lost_directory_topic_is_created_empty(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    events, directory = Topics(settings.topic_prefix).definitions()
    await delete_until_gone(settings, directory)
    await db.checkpoints.update_many({}, {"$set": {"directory": 7}})
    outcome = await ticketstream("republish")
    assert (outcome.code, outcome.err) == (0, "")
    assert await db.checkpoints.distinct("directory") == [0]
    assert outcome.out.splitlines() == [
        f"created the topic {directory.name}",
        "the directory was lost with its topic; import it again with `ticketstream directory import`",
        "no event has to be published again",
    ]
    assert await missing_topics(settings.kafka, [events, directory]) == []
    assert (await read_publication(db)).generation == 1


@pytest.mark.long
async def test_lost_events_are_published_by_the_relay_and_counted(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    events, _ = Topics(settings.topic_prefix).definitions()
    wanted = {event.id for event in EVENTS}
    await db.events.insert_many([event.document() for event in EVENTS])
    async with running(relay(db, settings).run()):
        await until_relayed(settings, wanted)
        await delete_until_gone(settings, events)
        outcome = await ticketstream("republish")
        assert outcome.code == 0, outcome.err
        assert outcome.out.splitlines() == [f"created the topic {events.name}", "published 40 events again"]
        assert set(ids(await until_relayed(settings, wanted))) == wanted
    publication = await read_publication(db)
    assert publication.generation > 1
    assert publication.refill is None


@pytest.mark.long
async def test_again_publishes_all_events_as_a_new_generation(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    await db.events.insert_many([event.document() for event in EVENTS])
    async with running(relay(db, settings).run()):
        await until_relayed(settings, {event.id for event in EVENTS})
        outcome = await ticketstream("republish", "--again", "--yes")
        assert (outcome.code, outcome.out) == (0, "published 40 events again\n")
        assert outcome.err.startswith("publishing: 0 of 40 …\n")
        assert len(ids(await until_relayed(settings, set()))) == 80
    assert (await read_publication(db)).generation > 1


async def test_in_a_terminal_again_asks_for_confirmation(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    before = await read_publication(db)
    terminal, end = pty.openpty()
    try:
        os.write(terminal, b"n\n")
        outcome = await ended(await ticketstream.start("republish", "--again", stdin=end, stderr=PIPE), None)
    finally:
        os.close(terminal)
        os.close(end)
    assert outcome.code == 1
    assert "The topic may have all events. Publish every event again? [y/N]" in outcome.out
    assert await read_publication(db) == before


async def test_without_a_terminal_again_is_refused_unless_it_is_confirmed(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    before = await read_publication(db)
    outcome = await ticketstream("republish", "--again")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.endswith("Nothing was published: there is no terminal to ask; add --yes to do it.\n")
    assert await read_publication(db) == before


async def test_after_a_stopped_republish_the_next_one_watches_the_same_refill(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    await db.events.insert_many([event.document() for event in EVENTS])
    watching = await ticketstream.start("republish", "--again", "--yes", stderr=PIPE)
    await line_with(watching.stderr, "publishing: 0 of 40")
    begun = await read_publication(db)
    watching.send_signal(signal.SIGINT)
    outcome = await ended(watching)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "the refill continues; run the command again to see its progress\n"
    assert await read_publication(db) == begun
    watching = await ticketstream.start("republish", "--again", stderr=PIPE)
    await line_with(watching.stderr, "publishing: 0 of 40")
    assert await read_publication(db) == begun
    async with running(relay(db, settings).run()):
        assert (await ended(watching)).out == "published 40 events again\n"


async def test_after_a_kill_before_the_topic_exists_the_next_republish_creates_it(
    db: Database, settings: EngineSettings
) -> None:
    events, _ = Topics(settings.topic_prefix).definitions()
    await db.events.insert_many([event.document() for event in EVENTS])
    async with running(relay(db, settings).run()):
        await until_relayed(settings, {event.id for event in EVENTS})
    await delete_until_gone(settings, events)
    begun = await begin_refill(db, await read_publication(db), {})
    assert (await begin(settings, again=False)).made == (events.name,)
    assert await read_publication(db) == begun


@pytest.mark.parametrize("said", ["nothing runs", "it fails"])
async def test_a_refill_without_a_relay_is_reported_after_a_while(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(republish, "STALLED_SECONDS", 0.5)
    await begin(settings, again=True)
    if said == "nothing runs":
        with pytest.raises(StalledError, match="because no command service runs; start one"):
            assert [look.done async for look in watch(settings)]
        return
    async with living(db, settings, "command", "command-1", relayFailure="Kafka went to sea."):
        with pytest.raises(StalledError, match=r"^The refill makes no progress: Kafka went to sea\.$"):
            assert [look.done async for look in watch(settings)]


async def test_a_topic_with_too_few_partitions_is_refused_before_anything_begins(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    events, _ = Topics(settings.topic_prefix).definitions()
    await delete_until_gone(settings, events)
    await ensure_topics(settings.kafka, [TopicDefinition(events.name, 1, {})])
    before = await read_publication(db)
    outcome = await ticketstream("republish")
    assert (outcome.code, outcome.out) == (1, "")
    sentence = (
        f"Kafka's topic {events.name} was created by another program, with 1 of 12 partitions; "
        "delete it, and keep Kafka from creating topics itself (auto.create.topics.enable=false)."
    )
    assert outcome.err == f"{sentence}\n"
    assert await read_publication(db) == before
    stopped = relay(db, settings)

    async def says_so() -> bool:
        return stopped.failure == sentence

    async with running(stopped.run()):
        await until(says_so)
    with pytest.raises(IncompleteTopicError):
        await ensure_topics(settings.kafka, [events])
