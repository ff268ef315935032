"""Foreign records: records of other programs. Kafka accepts them from any producer."""

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import time
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from services.command.relay.topic_writer import message_of
from shared.kafka.publishing import Message
from shared.process.settings import EngineSettings
from tests.support.data.tickets import TRACEPARENT, life, ticket_uid

LARGEST = 1_000_000
"""Largest value in bytes that a topic accepts by default, with its record overhead."""
DEEP = 500_000


@dataclass(frozen=True, slots=True)
class Foreign:
    """A record that no relay writes."""

    value: bytes | None = b"{}"
    key: bytes | None = b"somebody"
    timestamp_ms: int | None = None
    headers: Sequence[tuple[str, Any]] = ()


def forged(**headers: bytes | None) -> list[tuple[str, Any]]:
    """Return the headers of an event that is in no store, with some of them changed."""
    return list((dict(EVENT.headers) | headers).items())


NOBODYS = life(ticket_uid(77), 2)[0]
EVENT = message_of(NOBODYS.document(), TRACEPARENT, 1)
HEADERS = tuple(name for name, _ in EVENT.headers)

KINDS: dict[str, Foreign] = {
    "nothing": Foreign(None, None),
    "no value": Foreign(None),
    "no key": Foreign(key=None),
    "a megabyte of nothing": Foreign(bytes(LARGEST)),
    "deep": Foreign(b"[" * DEEP),
    "deep objects": Foreign(b'{"a":' * (DEEP // 5)),
    "many wrong items": Foreign(b"[" + b"1," * (DEEP - 1) + b"1]"),
    "a long key": Foreign(key=bytes(900_000)),
    "dated long ago": Foreign(timestamp_ms=0),
    "dated forever": Foreign(timestamp_ms=2**62),
    "of the year 9999": Foreign(timestamp_ms=253_402_300_800_000),
    "a name twice": Foreign(headers=[("ce_id", b"a:1"), ("ce_id", None), ("ce_id", b"b:1")]),
    "names": Foreign(headers=[("", b""), ("\0", None), ("ce_id\0", b"x"), ("\U0001f600", b"x"), ("n" * 10_000, b"x")]),
    "many headers": Foreign(headers=[(f"h{n}", None) for n in range(20_000)]),
    **{f"{name} without a value": Foreign(EVENT.value, EVENT.key, headers=forged(**{name: None})) for name in HEADERS},
    **{
        f"ce_id {ce_id[:20]!r}": Foreign(EVENT.value, EVENT.key, headers=forged(ce_id=ce_id))
        for ce_id in (
            b"",
            b":",
            b"x",
            b"\xff\xfe:1",
            EVENT.key,
            EVENT.key + b":-1",
            EVENT.key + b":\xd9\xa1",
            b":" * 9_999,
        )
    },
    "a version of 5,000 digits": Foreign(EVENT.value, EVENT.key, headers=forged(ce_id=EVENT.key + b":" + b"9" * 5_000)),
    **{
        f"generation {name[:20]!r}": Foreign(EVENT.value, EVENT.key, headers=forged(ce_generation=name))
        for name in (b"", b"-1", b"1" + b"0" * 30, b"9" * 5_000, "\u0663".encode(), b"1.5", b"\xff")
    },
    "of a generation to come": Foreign(EVENT.value, EVENT.key, headers=forged(ce_generation=b"9" * 12)),
    "of another source": Foreign(EVENT.value, EVENT.key, headers=forged(ce_source=b"/somebody/else")),
    "of another key": Foreign(EVENT.value, b"somebody", headers=forged()),
    "no event": Foreign(b'{"eventType":"TicketOpened"}', EVENT.key, headers=forged()),
    "another's event": Foreign(life(ticket_uid(78), 2)[0].document()["body"], EVENT.key, headers=forged()),
}
"""Foreign records, by what is wrong with them."""
WELL_NAMED, ILL_NAMED = "ce_name", b"ce_\xff\xfe\xfd\xfc"
MISNAMED = Foreign(headers=[(WELL_NAMED, b"x")])
"""A record whose header gets a name that is not UTF-8 in `write`: aiokafka cannot read it."""
CRC_AT, CHECKED_FROM = 17, 21
"""Positions in a record batch: its check sum, and the first byte that the check sum covers."""


@asynccontextmanager
async def stranger(settings: EngineSettings, **more: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Yield a plain producer."""
    made = AIOKafkaProducer(bootstrap_servers=settings.kafka, max_request_size=100_000_000, **more)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def write(producer: AIOKafkaProducer, topic: str, partition: int, *records: Foreign, wait: bool = True) -> None:
    """Write `records` in one batch, and by default wait until Kafka has it."""
    batch = producer.create_batch()
    for record in records:
        moment = round(time() * 1_000) if record.timestamp_ms is None else record.timestamp_ms
        batch.append(key=record.key, value=record.value, timestamp=moment, headers=list(record.headers))
    if MISNAMED in records:
        raw = bytes(batch._build()).replace(WELL_NAMED.encode(), ILL_NAMED)
        batch._buffer = raw[:CRC_AT] + struct.pack(">I", calc_crc32c(raw[CHECKED_FROM:])) + raw[CHECKED_FROM:]
    delivery = await producer.send_batch(batch, topic, partition=partition)
    if wait:
        await delivery


async def write_in_transaction(settings: EngineSettings, topic: str, message: Message) -> None:
    """Write one message in a transaction: the end of the transaction takes an offset as well."""
    async with stranger(settings, transactional_id=f"writes-{topic}") as sender, sender.transaction():
        where = {"partition": message.partition, "headers": list(message.headers)}
        await sender.send_and_wait(topic, message.value, message.key, **where)
