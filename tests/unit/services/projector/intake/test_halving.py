"""The failures of a batch, and what each of them leads to, without an engine."""

from typing import Any

import pytest

from services.projector.intake.batch_limit import MOST_RECORDS, BatchLimit
from services.projector.intake.halving import Batch, Halving
from services.projector.intake.stopped_partitions import ATTEMPTS, StoppedPartitions
from shared.mongo import OperationFailure, PyMongoError
from shared.storage.checkpoints import FencedError

NO_DATABASE: Any = None
ONE, MANY = Batch(1, {4: (17, 18)}), Batch(100, {4: (17, 18), 5: (3, 4)})


@pytest.mark.parametrize("failure", [PyMongoError("is away"), FencedError()])
async def test_what_is_no_fault_of_the_batch_changes_nothing(failure: Exception) -> None:
    limit, stops = BatchLimit(), StoppedPartitions()
    assert await Halving(NO_DATABASE, limit, stops).blame(MANY, failure) is failure
    assert (limit.records, stops.all) == (MOST_RECORDS, [])


async def test_a_conflict_with_another_transaction_blames_no_event_and_lowers_the_limit_for_a_moment() -> None:
    limit, stops, conflict = BatchLimit(), StoppedPartitions(), OperationFailure("write conflict", 112)
    halving = Halving(NO_DATABASE, limit, stops)
    assert await halving.blame(MANY, conflict) is conflict
    assert limit.records == 50
    for _ in range(2 * ATTEMPTS):
        assert await halving.blame(ONE, conflict) is conflict
    assert stops.all == []
    for _ in range(60):
        limit.grow(limit.records)
    assert limit.records == MOST_RECORDS


async def test_a_single_refused_event_stops_its_partition_at_its_offset() -> None:
    stops = StoppedPartitions()
    halving = Halving(NO_DATABASE, BatchLimit(), stops)
    for _ in range(ATTEMPTS):
        await halving.blame(ONE, OperationFailure("never", 121))
    (stopped,) = stops.all
    assert (stopped.partition, stopped.offset, stopped.behind) == (4, 17, 18)
