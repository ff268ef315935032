"""The publication position, and who may still move it once a refill began."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.mongo import Database, operation_time
from shared.storage.publication import (
    PositionMovedError,
    Refill,
    WithheldEvent,
    advance,
    advance_refill,
    advance_withheld,
    begin_refill,
    end_refill,
    read_publication,
)
from tests.support.expected.views import until

WRITTEN = {0: range(5, 9)}


async def test_a_position_is_saved_with_the_ends_of_the_topic(db: Database) -> None:
    before = await read_publication(db)
    moved = replace(before, token={"_data": "1"}, ends={0: 9})
    assert await advance(db, before, {"_data": "1"}, WRITTEN, withheld={}) == moved
    assert await read_publication(db) == moved


async def test_the_last_save_of_a_slower_relay_leaves_the_ends_that_its_successor_wrote(db: Database) -> None:
    before = await read_publication(db)
    await advance(db, before, {"_data": "2"}, {0: range(5, 9), 1: range(3, 4)}, withheld={})
    moved = await advance(db, before, {"_data": "1"}, {0: range(5, 7), 2: range(1, 2)}, withheld={})
    assert moved.ends == {0: 9, 1: 4, 2: 2}


async def test_an_advance_from_before_a_refill_moves_nothing(db: Database) -> None:
    before = await read_publication(db)
    begun = await begin_refill(db, before)
    with pytest.raises(PositionMovedError):
        await advance(db, before, {"_data": "1"}, WRITTEN, withheld={})
    assert await read_publication(db) == begun


async def test_nothing_is_followed_during_a_refill(db: Database) -> None:
    begun = await begin_refill(db, await read_publication(db))
    with pytest.raises(PositionMovedError):
        await advance(db, begun, {"_data": "1"}, WRITTEN, withheld={})
    ended = await end_refill(db, begun)
    assert await advance(db, ended, {"_data": "1"}, WRITTEN, withheld={})


async def test_a_relay_of_an_older_refill_moves_nothing_of_a_newer_one(db: Database) -> None:
    older = await begin_refill(db, await read_publication(db), {})
    older = await advance_refill(db, older, "t1", 3, WRITTEN, withheld={})
    newer = await begin_refill(db, await read_publication(db), {})
    assert newer.refill == Refill("", 0, 0)
    with pytest.raises(PositionMovedError):
        await advance_refill(db, older, "t2", 6, WRITTEN, withheld={})
    with pytest.raises(PositionMovedError):
        await end_refill(db, older)
    assert await read_publication(db) == newer


async def test_of_two_concurrent_refills_only_one_begins(db: Database) -> None:
    seen = await read_publication(db)
    first = await begin_refill(db, seen, {})
    assert await begin_refill(db, seen, {}) == first
    assert first.generation > seen.generation


async def test_a_database_that_was_set_back_gives_a_generation_no_name_that_another_had(db: Database) -> None:
    seen = await read_publication(db)
    stored = await db.progress.find_one({"_id": "relay"}) or {}
    lost = await begin_refill(db, seen, {})
    await db.progress.replace_one({"_id": "relay"}, stored)

    async def is_later() -> bool:
        await db.versions.update_one({"_id": "clock"}, {"$inc": {"version": 1}}, upsert=True)
        return bool((await operation_time(db)).time > lost.start_at.time)

    await until(is_later)
    assert (await begin_refill(db, seen, {})).generation > lost.generation


async def test_a_relay_with_outdated_withheld_tickets_moves_nothing(db: Database) -> None:
    """The second relay skipped events of a ticket that the first one has published meanwhile."""
    note = WithheldEvent(3, datetime(2026, 1, 2, tzinfo=UTC), "INVALID_TIMESTAMP")
    seen = await advance(db, await read_publication(db), {"_data": "1"}, WRITTEN, withheld={"t1": note, "t2": note})
    assert seen.withheld == {"t1": note, "t2": note}
    mended = await advance_withheld(db, seen, {0: range(9, 12)}, withheld={"t2": note})
    with pytest.raises(PositionMovedError):
        await advance(db, seen, {"_data": "2"}, {}, withheld=seen.withheld)
    assert await read_publication(db) == mended
    assert (mended.token, mended.ends) == ({"_data": "1"}, {0: 12})
    assert (await begin_refill(db, mended)).withheld == {}


async def test_the_shape_of_the_stored_position_does_not_change(db: Database) -> None:
    note = WithheldEvent(3, datetime(2026, 1, 2, tzinfo=UTC), "INVALID_TIMESTAMP")
    begun = await begin_refill(db, await read_publication(db), {0: 5})
    moved = await advance_refill(db, begun, "t1", 3, WRITTEN, withheld={"t1": note})
    assert await db.progress.find_one({"_id": "relay"}) == {
        "_id": "relay",
        "generation": moved.generation,
        "base": {"0": 5},
        "token": None,
        "startAt": moved.start_at,
        "ends": {"0": 9},
        "refill": {"after": "t1", "done": 3, "total": 0},
        "topics": list(begun.topics),
        "withheld": {"t1": {"version": 3, "sent": datetime(2026, 1, 2, tzinfo=UTC), "reason": "INVALID_TIMESTAMP"}},
    }
    assert moved.refill == Refill("t1", 3, 3)
