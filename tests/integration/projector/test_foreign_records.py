"""Foreign records in the topic stop at most their own partition, with a reason, and can be skipped."""

import pytest

from services.command.relay.topic_writer import message_of
from services.projector.projection import Projection
from shared.clock import utc_now
from shared.kafka import consumer, end_offsets, partition_of
from shared.mongo import Database
from shared.process.settings import EngineSettings
from shared.storage.checkpoints import pass_over
from shared.storage.topics import PARTITIONS, SOURCE, Topics
from tests.integration.projector.conftest import Start
from tests.support.data.tickets import TRACEPARENT, Stored, life, publish_events, ticket_uid
from tests.support.engines.foreign import MISNAMED, Foreign, stranger, write, write_in_transaction
from tests.support.expected.views import assert_applied_exactly_once, until, until_applied

TICKET = ticket_uid(1)
PARTITION = partition_of(TICKET, PARTITIONS)
ELSEWHERE = next(uid for uid in map(ticket_uid, range(2, 100)) if partition_of(uid, PARTITIONS) != PARTITION)
EVENT = life(TICKET, 2)[0].document()["body"]
FORGED = life(ELSEWHERE, 2)[0].document()["body"]
ID = TICKET.encode()


def headed(value: bytes = EVENT, key: bytes = ID, **headers: bytes | None) -> Foreign:
    return Foreign(value, key, headers=list(({"ce_source": SOURCE} | headers).items()))


NO_EVENT = {
    "nothing at all": Foreign(None, None),
    "no value": Foreign(None, ID, headers=[("ce_id", ID + b":1")]),
    "no key": Foreign(b"{}", None, headers=[("ce_id", ID + b":1")]),
    "an id of null": headed(ce_id=None),
    "headers of null": headed(ce_id=None, ce_generation=None, traceparent=None),
    "headers of others": headed(origin=b"\x00\xff", y=b""),
    "a broken id": headed(ce_id=b"\xff\xfe:\xfd"),
    "an id of another ticket": headed(ce_id=ELSEWHERE.encode() + b":1"),
    "an enormous version": headed(ce_id=ID + b":" + b"9" * 4_000),
    "more digits than Python reads": headed(ce_id=ID + b":" + b"9" * 40_000),
    "digits of another script": headed(ce_id=ID + ":\u0661".encode()),
    "an enormous generation": headed(ce_id=b"", ce_generation=b"9" * 5_000),
    "a megabyte of nothing": headed(bytes(1_000_000)),
    "deep nesting": headed(b"[" * 500_000),
    "dated forever": Foreign(EVENT, ID, timestamp_ms=2**62),
    "another source": headed(ce_id=ID + b":4", ce_source=b"/somebody/else"),
    "another key": headed(key=b"key", ce_id=ID + b":4"),
    "a ticket of another partition": headed(FORGED, ELSEWHERE.encode(), ce_id=ELSEWHERE.encode() + b":1"),
    "a name that is no text": MISNAMED,
}


async def stopped_at(db: Database, projection: Projection, offset: int) -> str:
    """Wait until the partition has stopped at `offset` and the checkpoint says so; return the reason."""

    async def stopped() -> bool:
        noted = await db.checkpoints.count_documents({"_id": PARTITION, "offset": offset, "stopped.offset": offset})
        return bool(noted) and [(one.partition, one.offset) for one in projection.stopped] == [(PARTITION, offset)]

    await until(stopped)
    return projection.stopped[0].reason


@pytest.mark.parametrize("kind", NO_EVENT)
async def test_a_record_that_is_no_event_stops_its_partition_until_it_is_skipped(
    db: Database, settings: EngineSettings, projecting: Start, kind: str
) -> None:
    events, others = life(TICKET, 6), life(ELSEWHERE, 40)
    async with projecting() as projection:
        await publish_events(settings, events[:3])
        topic = Topics(settings.topic_prefix).ticket_events
        async with stranger(settings) as sender:
            await write(sender, topic, PARTITION, NO_EVENT[kind])
        await publish_events(settings, [*events[3:], *others])
        reason = await stopped_at(db, projection, 3)
        assert 5 < len(reason) < 500, reason
        await until_applied(db, 3 + len(others))
        assert projection.problem is None
        assert not await pass_over(db, PARTITION, 2)
        assert await pass_over(db, PARTITION, 3) == 4
        await assert_all_shown(db, [events, others])
        assert projection.stopped == []


async def assert_all_shown(db: Database, lives: list[list[Stored]]) -> None:
    await until_applied(db, sum(map(len, lives)))
    await assert_applied_exactly_once(db, lives)


async def test_a_partition_that_is_stopped_stays_so_over_a_restart(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    topic = Topics(settings.topic_prefix).ticket_events
    others = life(ELSEWHERE, 40)
    async with stranger(settings) as sender:
        await write(sender, topic, PARTITION, MISNAMED)
    for start in (0, 20):
        async with projecting() as projection:
            await publish_events(settings, others[start : start + 20])
            await stopped_at(db, projection, 0)
            await until_applied(db, start + 20)


async def test_an_offset_that_the_end_of_a_transaction_takes_is_no_gap(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    events = life(TICKET, 6)
    topic = Topics(settings.topic_prefix).ticket_events
    async with projecting():
        for first, second in zip(events[::2], events[1::2], strict=True):
            message = message_of(first.document(), TRACEPARENT, 1)
            await write_in_transaction(settings, topic, message)
            await publish_events(settings, [second])
        await assert_all_shown(db, [events])
    assert (await db.checkpoints.find_one({"_id": PARTITION}) or {})["offset"] == 9


async def test_a_partition_that_ends_with_the_end_of_a_transaction_is_up_to_date(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    (event,) = life(TICKET, 2)[:1]
    async with projecting() as projection:
        await write_in_transaction(
            settings, Topics(settings.topic_prefix).ticket_events, message_of(event.document(), TRACEPARENT, 1)
        )

        async def is_up_to_date() -> bool:
            return bool(await db.checkpoints.count_documents({"_id": PARTITION, "offset": 2})) and projection.lag == 0

        await until(is_up_to_date)


async def test_an_unreadable_record_after_a_transactions_end_can_be_skipped(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    events, topic = life(TICKET, 3), Topics(settings.topic_prefix).ticket_events
    await write_in_transaction(settings, topic, message_of(events[0].document(), TRACEPARENT, 1))
    async with consumer(settings.kafka) as reader:

        async def is_ended() -> bool:
            return (await end_offsets(reader, topic, PARTITIONS))[PARTITION] == 2

        await until(is_ended)
    async with stranger(settings) as sender:
        await write(sender, topic, PARTITION, MISNAMED)
    async with projecting():

        async def is_stopped() -> bool:
            return bool(await db.checkpoints.count_documents({"_id": PARTITION, "stopped": {"$exists": True}}))

        offset = 0
        while offset < 3:  # the end of the transaction may be skipped separately
            await until(is_stopped)
            stand = await db.checkpoints.find_one({"_id": PARTITION})
            assert stand
            assert stand["stopped"]["offset"] == stand["offset"] > 0
            offset = await pass_over(db, PARTITION, stand["offset"]) or 0
        await publish_events(settings, events[1:])
        await assert_all_shown(db, [events])


async def test_the_feed_continues_while_a_partition_is_stopped(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    async with projecting() as projection:
        async with stranger(settings) as sender:
            await write(sender, Topics(settings.topic_prefix).ticket_events, PARTITION, Foreign())
        await stopped_at(db, projection, 0)
        now = utc_now()

        async def is_closed() -> bool:
            return await db.checkpoints.count_documents({"feedUntil": {"$gt": now}}) == PARTITIONS

        await until(is_closed)


async def test_of_records_that_were_written_together_and_cannot_be_read_all_are_passed_over(
    db: Database, settings: EngineSettings, projecting: Start
) -> None:
    events = life(TICKET, 400)
    async with projecting() as projection:
        await publish_events(settings, events[:300])
        async with stranger(settings) as sender:
            await write(sender, Topics(settings.topic_prefix).ticket_events, PARTITION, MISNAMED, Foreign(), Foreign())
        await publish_events(settings, events[300:])
        await stopped_at(db, projection, 300)
        assert await pass_over(db, PARTITION, 300) == 303
        await assert_all_shown(db, [events])
