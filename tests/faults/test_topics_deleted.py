"""All topics deleted under a running platform: commands are accepted, and `republish` restores the topics."""

import asyncio
import json
import signal
from pathlib import Path
from uuid import UUID

from shared.kafka import ConsumerRecord
from shared.mongo import Database, connected, database
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import read_all
from shared.storage.publication import read_publication
from shared.storage.topics import Topics
from shared.storage.waiting_events import unapplied
from tests.support.data.directory import publish_directory
from tests.support.data.tickets import Stored, interleaved, life, ticket_uid
from tests.support.engines.topic import delete_until_gone, ids, until_relayed, whole_topic
from tests.support.expected.views import assert_applied_exactly_once, until, until_applied
from tests.support.processes.command_line import Outcome, ended, started
from tests.support.processes.running_stack import (
    open_ticket_and_see_it,
    options_for,
    running_in,
    with_a_user_and_an_agency,
)
from tests.support.processes.services import service

BEFORE, MEANWHILE, VERSIONS = 500, 20, 40
"""Tickets stored before the deletion, tickets stored while the topics are gone, and the events of each ticket."""


async def test_deleted_topics_stop_the_relay_until_they_are_republished(tmp_path: Path) -> None:
    tickets = [str(UUID(int=number)) for number in range(1, 8)]
    async with running_in(tmp_path) as (process, url):
        await with_a_user_and_an_agency(tmp_path)
        for ticket in tickets[:5]:
            await open_ticket_and_see_it(url, ticket)
        settings = _engines(tmp_path)
        await delete_until_gone(settings, *Topics(settings.topic_prefix).definitions())
        await until(lambda: _status_says(tmp_path, "run `ticketstream republish`"), 60)
        await open_ticket_and_see_it(url, tickets[5], seen=False)
        outcome = await _run(tmp_path, "republish")
        assert outcome.code == 0, outcome.err
        assert outcome.out.splitlines() == [
            "created the topic ticket-events",
            "created the topic directory",
            "the directory was lost with its topic; import it again with `ticketstream directory import`",
            "published 6 events again",
        ]
        records = await until_relayed(settings, {f"{ticket}:1" for ticket in tickets[:6]})
        assert set(ids(records)) == {f"{ticket}:1" for ticket in tickets[:6]}
        assert (await _run(tmp_path, "directory", "import", str(tmp_path / "directory.json"))).code == 0
        await open_ticket_and_see_it(url, tickets[6])
        await until(lambda: _status_says(tmp_path, "lag: 0 events"), 60)
        async with connected(settings.mongo) as client:
            db = database(client, settings.database)
            assert {event["_id"] async for event in db.journal.find({})} == {f"{ticket}:1" for ticket in tickets}
            assert {ticket["_id"] async for ticket in db.tickets.find({})} == set(tickets)
        assert (await _run(tmp_path, "republish")).out == "no event has to be published again\n"
        outcome = await _run(tmp_path, "republish", "--again", "--yes")
        assert (outcome.code, outcome.out) == (0, "published 7 events again\n")
        assert len(await whole_topic(settings)) >= len(tickets) + len(tickets)
        process.send_signal(signal.SIGTERM)
        assert (await ended(process)).code == 0


async def test_a_refill_whose_relay_is_killed_continues_at_the_saved_position(
    db: Database, settings: EngineSettings, tmp_path: Path
) -> None:
    lives = [life(ticket_uid(number), VERSIONS) for number in range(BEFORE + MEANWHILE)]
    events, later = interleaved(lives[:BEFORE]), interleaved(lives[BEFORE:])
    options, environment = options_for(settings)
    await publish_directory(settings)
    async with (
        service("projector", settings, tmp_path / "projector"),
        service("command", settings, tmp_path / "command-1", port=0) as relaying,
    ):
        await db.events.insert_many([event.document() for event in events])
        await until_applied(db, len(events))
        await delete_until_gone(settings, *Topics(settings.topic_prefix).definitions())
        await db.events.insert_many([event.document() for event in later])
        await until(lambda: _relay_says(db, "run `ticketstream republish`"))
        async with started("republish", *options, environment=environment) as watching:
            await until(lambda: _is_half_refilled(db))
            relaying.send_signal(signal.SIGKILL)
            assert await relaying.wait() == -signal.SIGKILL
            saved = (await read_publication(db)).refill
            assert saved
            assert 0 < saved.done < saved.total == len(events) + len(later)
            async with service("command", settings, tmp_path / "command-2", name="command-2", port=0):
                outcome = await ended(watching)
                await publish_directory(settings)
                await until(lambda: _is_applied(db))
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[-1] == f"published {saved.total:,} events again"
    assert f'"after":"{saved.after}"' in (tmp_path / "command-2").read_text()
    _assert_in_order_and_complete(await whole_topic(settings), lives)
    await assert_applied_exactly_once(db, lives)


def _assert_in_order_and_complete(records: list[ConsumerRecord], lives: list[list[Stored]]) -> None:
    """Assert that first occurrences of each ticket's events are complete and in the order of their versions."""
    seen: dict[str, list[str]] = {}
    for event in dict.fromkeys(ids(records)):
        seen.setdefault(event.partition(":")[0], []).append(event)
    assert seen == {life[0].ticket: [event.id for event in life] for life in lives}


async def _relay_says(db: Database, words: str) -> bool:
    beats = await db.heartbeats.find({"service": "command"}).to_list(None)
    return any(words in (beat["relayFailure"] or "") for beat in beats)


async def _is_half_refilled(db: Database) -> bool:
    refill = (await read_publication(db)).refill
    return refill is not None and refill.done > refill.total / 2


async def _is_applied(db: Database) -> bool:
    """Return whether the projector has applied all that the topic's new generation holds."""
    publication = await read_publication(db)
    return publication.generation > 1 and not unapplied(publication, await read_all(db))


def _engines(folder: Path) -> EngineSettings:
    stack = json.loads((folder / "run.json").read_text())
    return EngineSettings(**{name: stack[name] for name in ("kafka", "mongo", "database", "topic_prefix")})


async def _run(folder: Path, *words: str) -> Outcome:
    async with started(*words, "--data", str(folder)) as command:
        return await ended(command)


async def _status_says(folder: Path, words: str) -> bool:
    await asyncio.sleep(0.2)
    return words in (await _run(folder, "status")).out
