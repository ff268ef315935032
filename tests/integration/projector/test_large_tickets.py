"""The tickets that a batch reads are limited by their bytes, even for small events."""

import pytest

from services.projector import view_store as views
from services.projector.view_store import KNOWN_BYTES, ViewStore
from shared.mongo import Database
from shared.process.settings import EngineSettings
from tests.integration.projector.conftest import Start
from tests.support.data.contract_examples import example
from tests.support.data.tickets import AT_NORTH, Stored, publish_events, stored, ticket_uid
from tests.support.expected.views import assert_applied_exactly_once, until_applied

TICKETS, SIZE = 60, 200_000
LARGE = {"ticket": example("event", "TicketOpened")["ticket"] | {"request": "x" * SIZE}}


def lives() -> list[list[Stored]]:
    uids = [ticket_uid(number) for number in range(TICKETS)]
    return [
        [stored(uid, 1, "TicketOpened", locationRef=AT_NORTH, **LARGE), stored(uid, 2, "MessageAdded")] for uid in uids
    ]


async def opened(db: Database, settings: EngineSettings, projecting: Start) -> list[list[Stored]]:
    """Apply the first event of each large ticket, and return all their events."""
    large = lives()
    async with projecting():
        await publish_events(settings, [life[0] for life in large])
        await until_applied(db, TICKETS)
    return large


async def test_only_as_many_are_read_as_have_the_bytes_and_the_first_in_any_case(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = await opened(db, settings, projecting)
    monkeypatch.setattr(views, "MOST_TICKET_BYTES", 10 * SIZE)
    uids = [life[0].ticket for life in large]
    found = await ViewStore(db).tickets(uids)
    assert 0 < len(found.tickets) <= 12
    assert uids[0] in found.tickets
    assert set(uids) - found.left <= found.tickets.keys()
    new = ticket_uid(99_999)
    monkeypatch.setattr(views, "MOST_TICKET_BYTES", 1)
    found = await ViewStore(db).tickets([new, *uids])
    assert new not in found.left
    assert found.left >= set(uids) - found.tickets.keys()


async def test_small_events_of_many_large_tickets_are_all_applied(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    large = await opened(db, settings, projecting)
    await publish_events(settings, [life[1] for life in large])
    async with projecting():
        await until_applied(db, 2 * TICKETS)
    await assert_applied_exactly_once(db, large)


async def test_tickets_are_remembered_up_to_a_number_of_bytes(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    large = await opened(db, settings, projecting)
    remembering = ViewStore(db)
    for turn in range(4):
        for life in large:
            uid = life[0].ticket
            ticket = (await remembering.tickets([uid])).tickets[uid]
            remembering.remember({f"{uid}-{turn}": ticket})
    assert sum(remembering._known[uid].memory for uid in remembering._known) <= KNOWN_BYTES
    assert len(remembering._known) > KNOWN_BYTES // (2 * SIZE)
