"""`ticketstream republish` on real engines: what it says, and that it only watches what the relay does."""

import os
import pty
import signal
from asyncio.subprocess import PIPE

import pytest

from services.cli import republish
from services.cli.republish import StalledError, begin, watch
from services.command.relay import Relay
from shared.kafka import IncompleteTopicError, ensure_topics, missing_topics
from shared.mongo import Database
from shared.relay_position import begin_refill, relay_progress
from shared.settings import EngineSettings
from shared.topics import TopicDefinition, Topics
from tests.integration.cli.running import CommandLine, ended, living
from tests.support.command_line import line_with
from tests.support.tasks import running
from tests.support.tickets import interleaved, life, ticket_uid
from tests.support.topic import ids, lose, until_relayed
from tests.support.views import until

EVENTS = interleaved([life(ticket_uid(number), 4) for number in range(10)])


def relay(db: Database, settings: EngineSettings) -> Relay:
    return Relay(db, settings.kafka, Topics(settings.topic_prefix), "command-1")


async def test_where_nothing_is_lost_it_says_so_and_changes_nothing(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    before = await relay_progress(db)
    outcome = await ticketstream("republish")
    assert (outcome.code, outcome.out, outcome.err) == (0, "no event has to be published again\n", "")
    assert await relay_progress(db) == before


async def test_a_lost_directory_is_made_and_left_to_be_imported(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    events, directory = Topics(settings.topic_prefix).definitions()
    await lose(settings, directory)
    await db.checkpoints.update_many({}, {"$set": {"directory": 7}})
    outcome = await ticketstream("republish")
    assert (outcome.code, outcome.err) == (0, "")
    assert await db.checkpoints.distinct("directory") == [0]
    assert outcome.out.splitlines() == [
        f"made the topic {directory.name}",
        "the directory was lost with its topic: import it again with `ticketstream directory import`",
        "no event has to be published again",
    ]
    assert await missing_topics(settings.kafka, [events, directory]) == []
    assert (await relay_progress(db))["generation"] == 1


@pytest.mark.long
async def test_lost_events_are_published_by_the_relay_and_counted(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    events, _ = Topics(settings.topic_prefix).definitions()
    wanted = {event.id for event in EVENTS}
    await db.events.insert_many([event.document() for event in EVENTS])
    async with running(relay(db, settings).run()):
        await until_relayed(settings, wanted)
        await lose(settings, events)
        outcome = await ticketstream("republish")
        assert outcome.code == 0, outcome.err
        assert outcome.out.splitlines() == [f"made the topic {events.name}", "published 40 events once more"]
        assert set(ids(await until_relayed(settings, wanted))) == wanted
    progress = await relay_progress(db)
    assert progress["generation"] > 1
    assert progress["refill"] is None


@pytest.mark.long
async def test_again_publishes_everything_once_more_as_a_new_generation(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    await db.events.insert_many([event.document() for event in EVENTS])
    async with running(relay(db, settings).run()):
        await until_relayed(settings, {event.id for event in EVENTS})
        outcome = await ticketstream("republish", "--again")
        assert (outcome.code, outcome.out) == (0, "published 40 events once more\n")
        assert outcome.err.startswith("publishing: 0 of 40 …\n")
        assert len(ids(await until_relayed(settings, set()))) == 80
    assert (await relay_progress(db))["generation"] > 1


async def test_in_a_terminal_again_is_asked_for_once_more(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    before = await relay_progress(db)
    terminal, end = pty.openpty()
    try:
        os.write(terminal, b"n\n")
        outcome = await ended(await ticketstream.start("republish", "--again", stdin=end, stderr=PIPE), None)
    finally:
        os.close(terminal)
        os.close(end)
    assert outcome.code == 1
    assert "Publish every event once more, though none may be lost? [y/N]" in outcome.out
    assert await relay_progress(db) == before


async def test_one_that_is_ended_leaves_the_refill_to_the_next_which_watches_the_same(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    await db.events.insert_many([event.document() for event in EVENTS])
    watching = await ticketstream.start("republish", "--again", stderr=PIPE)
    await line_with(watching.stderr, "publishing: 0 of 40")
    begun = await relay_progress(db)
    watching.send_signal(signal.SIGINT)
    outcome = await ended(watching)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "the events go on being published; run the command again to watch\n"
    assert await relay_progress(db) == begun
    watching = await ticketstream.start("republish", "--again", stderr=PIPE)
    await line_with(watching.stderr, "publishing: 0 of 40")
    assert await relay_progress(db) == begun
    async with running(relay(db, settings).run()):
        assert (await ended(watching)).out == "published 40 events once more\n"


async def test_one_that_was_killed_before_the_topic_was_made_is_made_up_for_by_the_next(
    db: Database, settings: EngineSettings
) -> None:
    events, _ = Topics(settings.topic_prefix).definitions()
    await db.events.insert_many([event.document() for event in EVENTS])
    async with running(relay(db, settings).run()):
        await until_relayed(settings, {event.id for event in EVENTS})
    await lose(settings, events)
    begun = await begin_refill(db, await relay_progress(db), {})
    assert (await begin(settings, again=False)).made == (events.name,)
    assert await relay_progress(db) == begun


@pytest.mark.parametrize("said", ["nothing runs", "it fails"])
async def test_a_refill_that_nobody_does_is_watched_for_a_time_and_then_explained(
    db: Database, settings: EngineSettings, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(republish, "STALLED_SECONDS", 0.5)
    await begin(settings, again=True)
    if said == "nothing runs":
        with pytest.raises(StalledError, match="because no command service runs; start one"):
            assert [look.done async for look in watch(settings)]
        return
    async with living(db, settings, "command", "command-1", relayFailure="Kafka went to sea."):
        with pytest.raises(StalledError, match=r"^The refill stands still: Kafka went to sea\.$"):
            assert [look.done async for look in watch(settings)]


async def test_a_topic_that_something_else_made_too_small_is_one_sentence_and_nothing_is_begun(
    ticketstream: CommandLine, db: Database, settings: EngineSettings
) -> None:
    events, _ = Topics(settings.topic_prefix).definitions()
    await lose(settings, events)
    await ensure_topics(settings.kafka, [TopicDefinition(events.name, 1, {})])
    before = await relay_progress(db)
    outcome = await ticketstream("republish")
    assert (outcome.code, outcome.out) == (1, "")
    sentence = (
        f"Kafka's topic {events.name} was made by something else, with 1 of 12 partitions; "
        "delete it, and have Kafka make no topics by itself (auto.create.topics.enable=false)."
    )
    assert outcome.err == f"{sentence}\n"
    assert await relay_progress(db) == before
    stopped = relay(db, settings)

    async def says_so() -> bool:
        return stopped.failure == sentence

    async with running(stopped.run()):
        await until(says_so)
    with pytest.raises(IncompleteTopicError):
        await ensure_topics(settings.kafka, [events])
