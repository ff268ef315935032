"""Operations and transactions of cancelled callers: they end before the caller does."""

import asyncio
from contextlib import suppress

import pytest

from shared.mongo import Database, Session, in_transaction, ping
from tests.support.expected.views import until

CANCELLED = 200
WITHIN_MS = 4
"""About the time of a transaction, so that cancellations hit each of its steps."""


class WrongError(Exception):
    """The failure that a test raises."""


async def open_transactions(db: Database) -> int:
    status = await db.client.admin.command("serverStatus")
    return int(status["transactions"]["currentOpen"])


@pytest.mark.parametrize("steps", range(12))
async def test_an_operation_that_is_cancelled_at_any_step_of_the_loop_does_not_go_on(db: Database, steps: int) -> None:
    for _ in range(10):
        await ping(db.client)  # makes a connection, because the driver closes that of a cancelled operation
        running = asyncio.create_task(ping(db.client))
        for _ in range(steps):
            await asyncio.sleep(0)
        if not running.cancel():
            continue  # it was over before
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_transaction_that_is_cancelled_at_any_moment_leaves_nothing_open(db: Database) -> None:
    async def write(session: Session) -> None:
        await db.tickets.insert_one({"_id": f"{number}:1"}, session=session)
        await db.tickets.insert_one({"_id": f"{number}:2"}, session=session)

    for number in range(CANCELLED):
        running = asyncio.create_task(in_transaction(db.client, write))
        await asyncio.sleep(number * WITHIN_MS / CANCELLED / 1_000)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert not await open_transactions(db), number
    written = {document["_id"] for document in await db.tickets.find({}).to_list(None)}
    numbers = {name.partition(":")[0] for name in written}
    assert written == {f"{number}:{part}" for number in numbers for part in (1, 2)}


async def test_a_failure_in_a_transaction_reaches_the_caller_and_aborts_it(db: Database) -> None:
    async def write(session: Session) -> None:
        await db.tickets.insert_one({"_id": "1"}, session=session)
        raise WrongError

    with pytest.raises(WrongError):
        await in_transaction(db.client, write)

    async def gone() -> bool:
        return not await open_transactions(db)

    await until(gone, 10)
    assert await db.tickets.count_documents({}) == 0
