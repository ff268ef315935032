"""The relay's saved position, and who may still move it once a refill began."""

from shared.mongo import Database, operation_time
from shared.relay_position import advance, advance_refill, begin_refill, end_refill, relay_progress
from tests.support.views import until

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
    assert first["generation"] > seen["generation"]


async def test_a_database_that_was_set_back_gives_a_generation_no_name_that_another_had(db: Database) -> None:
    seen = await relay_progress(db)
    lost = await begin_refill(db, seen, {})
    await db.progress.replace_one({"_id": "relay"}, seen)

    async def is_later() -> bool:
        await db.versions.update_one({"_id": "clock"}, {"$inc": {"version": 1}}, upsert=True)
        return bool((await operation_time(db)).time > lost["startAt"].time)

    await until(is_later)
    assert (await begin_refill(db, seen, {}))["generation"] > lost["generation"]
