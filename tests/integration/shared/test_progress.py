"""The relay's saved position, and who may still move it once a refill began."""

from shared.mongo import Database
from shared.progress import advance, advance_refill, begin_refill, end_refill, relay_progress

WRITTEN = {0: range(5, 9)}


async def test_a_position_is_saved_with_the_ends_of_the_topic(db: Database) -> None:
    before = await relay_progress(db)
    assert await advance(db, before, {"_data": "1"}, WRITTEN)
    assert await relay_progress(db) == before | {"token": {"_data": "1"}, "ends": {"0": 9}}


async def test_what_was_published_before_a_refill_began_moves_nothing_of_it(db: Database) -> None:
    before = await relay_progress(db)
    begun = await begin_refill(db, before)
    assert not await advance(db, before, {"_data": "1"}, WRITTEN)
    assert await relay_progress(db) == begun


async def test_nothing_is_followed_while_a_refill_goes_on(db: Database) -> None:
    begun = await begin_refill(db, await relay_progress(db))
    assert not await advance(db, begun, {"_data": "1"}, WRITTEN)
    ended = await end_refill(db, begun)
    assert await advance(db, ended, {"_data": "1"}, WRITTEN)


async def test_a_relay_of_an_older_refill_moves_nothing_of_a_newer_one(db: Database) -> None:
    older = await begin_refill(db, await relay_progress(db), {})
    await advance_refill(db, older, "t1", 3, WRITTEN)
    newer = await begin_refill(db, await relay_progress(db), {})
    assert newer["refill"]["after"] == ""
    await advance_refill(db, older, "t2", 6, WRITTEN)
    assert await end_refill(db, older) == newer
    assert await relay_progress(db) == newer


async def test_of_two_that_want_a_refill_at_once_one_begins_it(db: Database) -> None:
    seen = await relay_progress(db)
    first = await begin_refill(db, seen, {})
    assert await begin_refill(db, seen, {}) == first
    assert first["generation"] == seen["generation"] + 1
