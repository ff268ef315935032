"""The lease: one holder at a time, the next one when it is silent. Clocks of two machines are never compared."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from services.command.relay.lease import TERM_SECONDS, Lease, LeaseHeldError, LeaseLostError
from shared.mongo import Database
from tests.support.processes.tasks import running

LOOK_SECONDS = 0.2


async def holder(db: Database) -> str | None:
    kept = await db.leases.find_one({"_id": "relay"})
    return kept["holder"] if kept else None


async def waited_for(lease: Lease, seconds: float = 30) -> float:
    """Try to take `lease` until it is given, and return the seconds that took."""
    began = monotonic()
    async with asyncio.timeout(seconds):
        while True:
            try:
                await lease.__aenter__()
            except LeaseHeldError:
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return monotonic() - began


async def test_a_renewed_lease_is_refused_to_others(db: Database) -> None:
    two = Lease(db, "relay", "two")
    async with Lease(db, "relay", "one") as one, running(one.keep()):
        with pytest.raises(TimeoutError):
            await waited_for(two, seconds=2 * TERM_SECONDS)
        assert await holder(db) == "one"
    assert await waited_for(two) < TERM_SECONDS


async def test_a_holder_that_is_silent_for_a_term_loses_the_lease_and_notices_it(db: Database) -> None:
    one, two = Lease(db, "relay", "one"), Lease(db, "relay", "two")
    await waited_for(one)
    assert TERM_SECONDS <= await waited_for(two) < 3 * TERM_SECONDS
    with pytest.raises(LeaseLostError):
        async with asyncio.timeout(30):
            await one.keep()
    assert await holder(db) == "two"


async def test_a_former_holder_does_not_release_the_next_holders_lease(db: Database) -> None:
    async with Lease(db, "relay", "one"):
        await waited_for(Lease(db, "relay", "two"))
    assert await holder(db) == "two"


async def test_a_later_challenger_waits_for_a_whole_term(db: Database) -> None:
    await waited_for(Lease(db, "relay", "one"))
    await asyncio.sleep(TERM_SECONDS)
    assert await waited_for(Lease(db, "relay", "two")) >= TERM_SECONDS


async def test_a_restarted_holder_gets_its_lease_at_once(db: Database) -> None:
    await waited_for(Lease(db, "relay", "one"))
    assert await waited_for(Lease(db, "relay", "one")) < TERM_SECONDS


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_stored_date_does_not_protect_a_dead_holder(db: Database, minutes: int) -> None:
    """An earlier release stored a date; the clock may have been set since."""
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    await db.leases.insert_one({"_id": "relay", "holder": "dead", "until": until})
    assert TERM_SECONDS <= await waited_for(Lease(db, "relay", "one")) < 3 * TERM_SECONDS


async def test_of_two_challengers_one_gets_it(db: Database) -> None:
    await waited_for(Lease(db, "relay", "dead"))
    challengers = [Lease(db, "relay", name) for name in ("one", "two", "three")]
    tries = {asyncio.create_task(waited_for(challenger)): challenger for challenger in challengers}
    given, others = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
    (winner,) = given
    async with running(tries[winner].keep()):
        late, refused = await asyncio.wait(others, timeout=TERM_SECONDS + 1)
    for task in refused:
        task.cancel()
    await asyncio.gather(*refused, return_exceptions=True)
    assert (len(late), len(refused)) == (0, 2)
