"""Batches that MongoDB refuses: the batch is halved again and again, until one event stops its partition."""

from collections.abc import Sequence

import pytest

from services.projector.folds.batch import Changes
from services.projector.intake.batch_limit import MOST_RECORDS
from services.projector.projection import Projection
from services.projector.view_store import ViewStore
from shared.kafka import partition_of
from shared.mongo import Database, NetworkTimeout, OperationFailure, Session
from shared.process.settings import EngineSettings
from shared.storage.topics import PARTITIONS
from tests.integration.projector.conftest import Start
from tests.support.data.tickets import interleaved, life, publish_events, ticket_uid
from tests.support.expected.views import assert_applied_exactly_once, until, until_applied

REFUSED = ticket_uid(1)
PARTITION = partition_of(REFUSED, PARTITIONS)
LIVES = [life(ticket_uid(number), 3) for number in range(2, 102)]


async def until_stopped(db: Database, projection: Projection, offset: int) -> str:
    async def stopped() -> bool:
        noted = await db.checkpoints.count_documents({"_id": PARTITION, "offset": offset, "stopped.offset": offset})
        return bool(noted and projection.stopped)

    await until(stopped)
    (one,) = projection.stopped
    assert (one.partition, one.offset) == (PARTITION, offset)
    return one.reason


def too_large_for(monkeypatch: pytest.MonkeyPatch, most: int, failure: Exception) -> list[int]:
    """Make batches of more than `most` events fail; return the sizes that are written from now on."""
    write, sizes = ViewStore._write, list[int]()

    async def cramped(self: ViewStore, changes: Changes, session: Session) -> None:
        if changes.journal:
            sizes.append(len(changes.journal))
        if len(changes.journal) > most:
            raise failure
        await write(self, changes, session)

    monkeypatch.setattr(ViewStore, "_write", cramped)
    return sizes


@pytest.mark.parametrize(
    "failure",
    [OperationFailure("too large for the cache", 388), NetworkTimeout("took too long"), OverflowError()],
    ids=["refused", "too long", "not to be encoded"],
)
async def test_the_failed_batch_is_halved_and_not_the_limit(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    sizes = too_large_for(monkeypatch, 7, failure)
    await publish_events(settings, interleaved(LIVES))
    async with projecting():
        await until_applied(db, 300)
    await assert_applied_exactly_once(db, LIVES)
    failed = [size for size in sizes if size > 7]
    assert len(failed) < 15, sizes
    halved(sizes[: len(failed)], sizes)


def halved(failed: Sequence[int], sizes: Sequence[int]) -> None:
    """Assert that each batch that failed was at most half of the one before."""
    for before, after in zip(failed, sizes[1:], strict=False):
        if before > 7:
            assert after <= max(1, before // 2), sizes
        else:
            break


async def test_the_next_worker_begins_with_what_fitted(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = too_large_for(monkeypatch, 7, OperationFailure("too large for the cache", 388))
    await publish_events(settings, interleaved(LIVES))
    async with projecting():
        await until_applied(db, 100)
    assert sizes[0] > 50
    sizes.clear()
    async with projecting():
        await until_applied(db, 250)
    assert max(sizes[:5]) <= 16, sizes


async def test_the_saved_limit_is_removed_when_full_batches_succeed(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    await db.checkpoints.update_many({}, {"$set": {"together": MOST_RECORDS - 1}})
    lives = [life(ticket_uid(number), 30) for number in range(200)]
    await publish_events(settings, interleaved(lives))
    async with projecting():
        await until_applied(db, 6_000)
    assert await db.checkpoints.count_documents({"together": {"$exists": True}}) < PARTITIONS
    await assert_applied_exactly_once(db, lives)


async def test_an_event_that_mongodb_never_takes_stops_its_partition_and_no_other(
    db: Database, settings: EngineSettings, projecting: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    await db.command("collMod", "journal", validator={"_id": {"$ne": f"{REFUSED}:2"}})
    refused = life(REFUSED, 4)
    before = sum(partition_of(line[0].ticket, PARTITIONS) == PARTITION for line in LIVES)
    assert before
    others = [line for line in LIVES if partition_of(line[0].ticket, PARTITIONS) != PARTITION]
    await publish_events(settings, [*refused, *interleaved(LIVES)])
    async with projecting() as projection:
        reason = await until_stopped(db, projection, 1)
        assert reason == "it cannot be applied: Document failed validation (code 121)"
        await until_applied(db, 1 + 3 * len(others))
        assert projection.problem is None
        await db.command("collMod", "journal", validator={})
        await until_applied(db, 4 + 3 * len(LIVES))
        assert not projection.stopped
    await assert_applied_exactly_once(db, [refused, *LIVES])
    assert "John Doe" not in capsys.readouterr().out


async def test_an_outage_of_mongodb_does_not_stop_a_partition(
    db: Database, settings: EngineSettings, projecting: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_large_for(monkeypatch, 0, NetworkTimeout("took too long"))

    async def away(client: object) -> None:
        raise NetworkTimeout("is away")

    monkeypatch.setattr("services.projector.intake.halving.ping", away)
    monkeypatch.setattr("services.projector.projection.RETRY_SECONDS", 0.05)
    async with projecting() as projection:
        await publish_events(settings, life(REFUSED, 2)[:1])

        async def has_failed_often() -> bool:
            return projection._attempts.count > 6

        await until(has_failed_often)
        assert projection.stopped == []
        monkeypatch.undo()
        await until_applied(db, 1)
