"""Directory changes in the views: every name, scope and counter follows, whatever happens meanwhile."""

import asyncio
import json
from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest

from services.projector import refresh
from services.projector.folds.batch import Changes
from services.projector.view_store import Moves, ViewStore
from shared.accounts.scopes import Scope, visible_filter, visible_in
from shared.directory.entries import Agency, Directory, Entry, Patrimony, ProviderContact, updated
from shared.directory.replica import DirectoryReplica
from shared.kafka import ensure_topics, partition_of
from shared.mongo import Database, OperationFailure, PyMongoError, Session, in_transaction
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS, Topics
from tests.integration.projector.conftest import Start
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH, TWO_AGENCIES_AND_A_PARK, publish_directory
from tests.support.data.tickets import AT_NORTH, Stored, publish_events, stored, ticket_uid
from tests.support.engines.topic import delete_until_gone
from tests.support.expected.views import counted, until, whole_views
from tests.support.processes.projecting import projected_anew, until_shown
from tests.support.processes.tasks import running

PROVIDER = "7943797a-93c4-73f9-48f8-6baea5e94d13"
IN_THE_PARK = {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"}
NORTH_RENAMED = Agency(uid=NORTH, label="Far North", accountUid=ACCOUNT)
NORTH_SOLD = Agency(uid=NORTH, label="North", accountUid=SOUTH)
PARK_RENAMED = Patrimony(uid=PARK, ref="ZER319", label="Le Parc", agencyUids=(NORTH, SOUTH))
PARK_OF_SOUTH = Patrimony(uid=PARK, ref="ZER319", agencyUids=(SOUTH,))
PROVIDER_KNOWN = ProviderContact(uid=PROVIDER, name="Froid Dubrulle", phones=("0199004512",), fax=(), emails=())
PROVIDER_RENAMED = ProviderContact(uid=PROVIDER, name="Chaud Dubrulle", phones=(), fax=(), emails=())
LEFT_SECONDS = 3
"""Seconds that an abandoned transaction stays open; MongoDB ends it at its own limit."""
ALL_KNOWN = (*TWO_AGENCIES_AND_A_PARK, PROVIDER_KNOWN)


def worked_on(number: int, location: dict[str, str] = AT_NORTH) -> list[Stored]:
    """Return the events of a ticket whose views show the provider in every possible place."""
    ticket = ticket_uid(number)
    kinds = ("ProviderAssigned", "CallEmittedTo", "MessageAdded", "ArrivedOnSite")
    return [
        stored(ticket, 1, "TicketOpened", locationRef=location),
        *(stored(ticket, version, kind) for version, kind in enumerate(kinds, 2)),
    ]


def lives_of(location: dict[str, str], numbers: Iterable[int] = range(30)) -> list[Stored]:
    return [event for number in numbers for event in worked_on(number, location)]


async def changed(db: Database, settings: EngineSettings, *entries: Entry) -> None:
    """Publish entries and wait until the views show them."""
    await publish_directory(settings, entries)
    await until_shown(db, settings)


async def every(db: Database, field: str, collection: str = "tickets", **wanted: Any) -> list[Any]:
    """Return the distinct values of a field; JSON bytes are parsed."""
    documents = await db[collection].find(wanted).to_list(None)
    values = [json.loads(one[field]) if isinstance(one[field], bytes) else one[field] for one in documents]
    return [value for place, value in enumerate(values) if value not in values[:place]]


async def tickets_in(db: Database, scope: Scope, directory: Directory) -> int:
    return await db.tickets.count_documents(visible_filter(visible_in(scope, directory)))


async def assert_like_a_fresh_projection(db: Database, settings: EngineSettings) -> None:
    assert await whole_views(db) == await projected_anew(settings)


async def test_a_renamed_agency_shows_everywhere(db: Database, settings: EngineSettings, projecting: Start) -> None:
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        await changed(db, settings, NORTH_RENAMED)
    for field in ("item", "head", "export"):
        shown = [view["agencies"] for view in await every(db, field)]
        assert shown == [[{"uid": NORTH, "name": "Far North"}]] * 30
    assert await db.tickets.count_documents({"words": "far", "texts": "far north"}) == 30
    await assert_like_a_fresh_projection(db, settings)


async def test_a_renamed_patrimony_shows_everywhere(db: Database, settings: EngineSettings, projecting: Start) -> None:
    async with projecting():
        await publish_events(settings, lives_of(IN_THE_PARK))
        await until_shown(db, settings)
        await changed(db, settings, PARK_RENAMED)
    for field in ("item", "head", "export"):
        assert [view["patrimony"]["name"] for view in await every(db, field)] == ["Le Parc"] * 30
    assert await db.tickets.count_documents({"words": "parc", "texts": "le parc"}) == 30
    await assert_like_a_fresh_projection(db, settings)


async def test_a_renamed_provider_shows_everywhere(db: Database, settings: EngineSettings, projecting: Start) -> None:
    await publish_directory(settings, [PROVIDER_KNOWN])
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        assert await db.tickets.count_documents({"texts": "froid dubrulle"}) == 30
        await changed(db, settings, PROVIDER_RENAMED)
    await _assert_shown(db, "Chaud Dubrulle")
    assert await db.tickets.count_documents({"texts": "froid dubrulle"}) == 0
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_an_unknown_provider_is_shown_after_its_import(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        assert "name" not in (await every(db, "item"))[0]["provider"]
        await changed(db, settings, PROVIDER_KNOWN)
    await _assert_shown(db, "Froid Dubrulle")
    await assert_like_a_fresh_projection(db, settings)


async def _assert_shown(db: Database, name: str) -> None:
    for field in ("item", "head", "export"):
        assert [view["provider"]["name"] for view in await every(db, field)] == [name] * 30
    entries = await every(db, "entry", "journal", provider=PROVIDER)
    assert [entry["data"].get("provider", entry["data"].get("called")) for entry in entries] == [name] * 3
    assert await db.journal.count_documents({"provider": PROVIDER}) == 90
    assert await db.tickets.count_documents({"texts": name.lower()}) == 30


@pytest.mark.long
async def test_a_patrimony_with_new_agencies_moves_its_tickets_events_and_counters(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting():
        await publish_events(settings, lives_of(IN_THE_PARK))
        await until_shown(db, settings)
        await changed(db, settings, PARK_OF_SOUTH)
        assert await every(db, "agencies") == [[SOUTH]]
        await publish_events(settings, [stored(ticket_uid(number), 6, "TicketCancelled") for number in range(30)])
        await until_shown(db, settings)
    assert await every(db, "agencies", "journal") == [[SOUTH]]
    of_agencies = {cell[1]: number for cell, number in (await counted(db)).items() if cell[0] == "agencies"}
    assert of_agencies == {SOUTH: 30}
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_a_patrimony_changed_between_events_updates_all_of_them(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting() as projection:
        await publish_events(settings, lives_of(IN_THE_PARK, [1]))
        await until_shown(db, settings)
        async with running(_commenting(settings, 1)):
            await changed(db, settings, PARK_OF_SOUTH)
        await until_shown(db, settings)
        assert not projection.stopped
    assert await every(db, "agencies", "journal") == [[SOUTH]]
    await assert_like_a_fresh_projection(db, settings)


async def _commenting(settings: EngineSettings, number: int) -> None:
    for version in count(6):
        await publish_events(settings, [stored(ticket_uid(number), version, "MessageAdded")])


@pytest.mark.long
async def test_a_removed_entry_keeps_its_names_and_its_tickets_stay_in_their_scopes(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    removed = [entry.model_copy(update={"removed": True}) for entry in ALL_KNOWN]
    await publish_directory(settings, [PROVIDER_KNOWN])
    async with projecting():
        await publish_events(settings, [*lives_of(AT_NORTH), *lives_of(IN_THE_PARK, range(30, 60))])
        await until_shown(db, settings)
        before = await whole_views(db)
        await changed(db, settings, *removed)
    assert await whole_views(db) == before
    directory = updated(Directory(), removed)
    assert await tickets_in(db, Scope("accounts", frozenset({ACCOUNT})), directory) == 60
    assert await tickets_in(db, Scope("patrimonies", frozenset({PARK})), directory) == 30
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_an_agency_of_another_account_takes_its_tickets_to_the_scopes_of_that(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        before = await whole_views(db)
        await changed(db, settings, NORTH_SOLD)
    assert await whole_views(db) == before
    directory = updated(Directory(), [*TWO_AGENCIES_AND_A_PARK, NORTH_SOLD])
    for account, tickets in ((ACCOUNT, 0), (SOUTH, 30)):
        assert await tickets_in(db, Scope("accounts", frozenset({account})), directory) == tickets


@pytest.mark.long
async def test_two_workers_each_show_a_change_in_their_own_partitions(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "MOST_AT_ONCE", 3)
    async with projecting(), projecting():
        await publish_events(settings, lives_of(IN_THE_PARK, range(60)))
        await until_shown(db, settings)
        await changed(db, settings, PARK_OF_SOUTH, PROVIDER_KNOWN)
        await changed(db, settings, PARK_RENAMED, PROVIDER_RENAMED)
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_directory_changes_between_events_of_a_ticket_reach_all_its_views(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "MOST_AT_ONCE", 7)
    numbers = range(40)
    moves = [AT_NORTH, IN_THE_PARK]
    async with projecting(), projecting():
        await publish_events(settings, lives_of(IN_THE_PARK, numbers))
        async with asyncio.timeout(60):
            writing = asyncio.create_task(_change_again_and_again(settings))
            for version in count(6):
                kind, more = ("MessageAdded", {})
                if version % 3 == 0:
                    kind, more = "TicketUpdated", {"locationRef": moves[version % 2]}
                elif version % 5 == 0:
                    kind = "ArrivedOnSite"
                await publish_events(settings, [stored(ticket_uid(n), version, kind, **more) for n in numbers])
                if writing.done():
                    break
            await writing
        await until_shown(db, settings)
    await assert_like_a_fresh_projection(db, settings)


async def _change_again_and_again(settings: EngineSettings) -> None:
    for turn in range(12):
        provider = ProviderContact(uid=PROVIDER, name=f"Provider {turn}", phones=(), fax=(), emails=())
        park = Patrimony(uid=PARK, ref=f"P{turn}", agencyUids=((NORTH, SOUTH), (SOUTH,), (SOUTH, NORTH))[turn % 3])
        north = Agency(uid=NORTH, label=f"North {turn}", accountUid=ACCOUNT)
        for entry in (provider, park, north):
            await publish_directory(settings, [entry])


@pytest.mark.long
async def test_a_step_that_does_not_fit_is_done_in_smaller_ones(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sizes = ViewStore._write, []

    async def cramped(self: ViewStore, changes: Changes, session: Session) -> None:
        if changes.tickets and not changes.journal:
            sizes.append(len(changes.tickets))
            if len(changes.tickets) > 5:
                raise OperationFailure("too large for the cache", 388)
        await write(self, changes, session)

    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        monkeypatch.setattr(ViewStore, "_write", cramped)
        monkeypatch.setattr("services.projector.intake.batch_limit.BatchLimit.grow", lambda _limit, _fitted: None)
        await changed(db, settings, NORTH_RENAMED)
    assert sizes[0] == 30
    assert sum(size for size in sizes if size <= 5) == 30
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_the_open_transaction_of_a_killed_worker_is_waited_for(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)

        async def hold(session: Session) -> None:
            await db.tickets.update_many({}, {"$set": {"left": True}}, session=session)
            await publish_directory(settings, [NORTH_RENAMED])
            await publish_events(settings, [stored(ticket_uid(n), 6, "MessageAdded") for n in range(30)])
            await asyncio.sleep(LEFT_SECONDS)
            raise TimeoutError

        await asyncio.gather(in_transaction(db.client, hold), return_exceptions=True)
        await until_shown(db, settings)
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_a_step_that_fails_begins_the_walk_again(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "MOST_AT_ONCE", 10)
    commit, steps = ViewStore.commit, count()

    async def failing(self: ViewStore, moves: Moves, changes: Changes, *, together: int | None = None) -> None:
        if changes.tickets and not changes.journal and next(steps) == 1:
            raise PyMongoError("not primary")
        await commit(self, moves, changes, together=together)

    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        monkeypatch.setattr(ViewStore, "commit", failing)
        await changed(db, settings, NORTH_RENAMED)
    assert next(steps) == 4
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_a_worker_fences_one_that_shows_an_older_directory(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker writes a step between two steps of this worker. This worker starts again from the checkpoint."""
    monkeypatch.setattr(refresh, "MOST_AT_ONCE", 1)
    commit, steps, partition = ViewStore.commit, count(), partition_of(ticket_uid(1), PARTITIONS)

    async def overtaken(self: ViewStore, moves: Moves, changes: Changes, *, together: int | None = None) -> None:
        if changes.entries and next(steps) == 1:
            await db.checkpoints.update_one({"_id": partition}, {"$inc": {"refreshed": 1}})
        await commit(self, moves, changes, together=together)

    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH, [1]))
        await until_shown(db, settings)
        monkeypatch.setattr(ViewStore, "commit", overtaken)
        await changed(db, settings, PROVIDER_KNOWN)
    assert next(steps) == 4
    assert (await db.checkpoints.find_one({"_id": partition}) or {})["refreshed"] == 5
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_a_worker_waits_until_its_replica_is_as_new_as_the_views(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow, reach, waiting = DirectoryReplica.follow, DirectoryReplica.reach, asyncio.Event()
    waits = []

    async def held_up(self: DirectoryReplica) -> None:
        await waiting.wait()
        await follow(self)

    async def waited_for(self: DirectoryReplica, offset: int, seconds: float) -> None:
        waits.append((self.offset, offset))
        waiting.set()
        await reach(self, offset, seconds)

    monkeypatch.setattr(DirectoryReplica, "follow", held_up)
    monkeypatch.setattr(DirectoryReplica, "reach", waited_for)
    async with projecting():
        await publish_directory(settings, [NORTH_RENAMED])
        await db.checkpoints.update_many({}, {"$set": {"directory": 4}})
        async with asyncio.timeout(30):
            await waiting.wait()
        assert waits == [(3, 4)]
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_a_new_directory_topic_is_shown_completely(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    _, directory = Topics(settings.topic_prefix).definitions()
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
        await delete_until_gone(settings, directory)
        await ensure_topics(settings.kafka, [directory])
        await until_shown(db, settings)
        await changed(db, settings, NORTH_RENAMED, *TWO_AGENCIES_AND_A_PARK[1:], PROVIDER_KNOWN)
    assert (await every(db, "item"))[0]["agencies"] == [{"uid": NORTH, "name": "Far North"}]
    await assert_like_a_fresh_projection(db, settings)


@pytest.mark.long
async def test_a_checkpoint_without_a_directory_offset_shows_no_entry(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting():
        await publish_events(settings, lives_of(AT_NORTH))
        await until_shown(db, settings)
    await db.checkpoints.update_many({}, {"$unset": {"directory": "", "refreshed": ""}})
    await publish_directory(settings, [NORTH_RENAMED, PROVIDER_KNOWN])
    async with projecting():
        await until(lambda: _is_versed(db))
        await until_shown(db, settings)
    await assert_like_a_fresh_projection(db, settings)


async def _is_versed(db: Database) -> bool:
    return await db.checkpoints.count_documents({"directory": {"$exists": True}}) == PARTITIONS
