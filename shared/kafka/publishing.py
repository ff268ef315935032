"""Publishing to Kafka: records in order within each partition, without those that a broker always refuses.

A broker that refuses one record of a batch refuses the whole batch. A refused batch is halved until one record is left,
so that all other records are written, and each of them once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from aiokafka import AIOKafkaProducer as Producer
from aiokafka.errors import (
    BrokerResponseError,
    InvalidTimestampError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    kafka_errors,
)
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.kafka import REQUEST_TIMEOUT_MS, STOP_SECONDS, KafkaError, TopicPartition, started

__all__ = ["InvalidRecordError", "Message", "Outcome", "Producer", "RefusedMessage", "offer", "producer", "publish"]

PUBLISH_SECONDS = 15.0
"""Timeout of a group of messages. aiokafka itself would retry forever."""
MAX_BATCH_BYTES = 512 * 1024
"""Largest record batch, below the broker's default `message.max.bytes` of 1 MiB. A larger single record goes alone."""


class InvalidRecordError(BrokerResponseError):
    """The broker's validation rejected a record (INVALID_RECORD, 87). aiokafka has no class for this code."""

    errno = 87
    message = "INVALID_RECORD"
    description = "The record failed the validation on the broker."


kafka_errors[InvalidRecordError.errno] = InvalidRecordError

REFUSALS = (
    InvalidRecordError,
    InvalidTimestampError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)
"""Errors of a record that a broker refuses at each retry, until the settings of its topic change."""


class Message(NamedTuple):
    """One record to publish. `timestamp_ms` is Unix time in milliseconds."""

    partition: int
    key: bytes
    value: bytes
    timestamp_ms: int
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """The first message of a key that a broker refused, and the broker's error."""

    message: Message
    failure: BrokerResponseError

    @property
    def reason(self) -> str:
        """Return Kafka's name of the error, for instance INVALID_TIMESTAMP."""
        return str(self.failure.message)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of publishing: `offsets` of the written messages by partition, and the refused messages by key.

    For a key in `refused`, neither the refused message nor any later one was written.
    """

    offsets: Mapping[int, range]
    refused: Mapping[bytes, RefusedMessage]


@asynccontextmanager
async def producer(bootstrap: str) -> AsyncIterator[Producer]:
    """Yield an idempotent producer that waits for all in-sync replicas and sends without delay."""
    made = Producer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        await started(made)
        yield made
    finally:
        await _stop_in_time(made)


async def _stop_in_time(made: Producer) -> None:
    """Stop the producer, and drop batches that Kafka does not acknowledge. aiokafka would wait for them forever.

    aiokafka keeps no reference to the task that flushes, so the task must end. A lost task is reported much later, as a
    failure of the code that runs then.
    """
    flush = made._message_accumulator.flush

    async def flush_in_time() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await flush()

    made._message_accumulator.flush = flush_in_time  # aiokafka has no public call that drops a batch
    await made.stop()


async def publish(sender: Producer, topic: str, messages: Iterable[Message]) -> Mapping[int, range]:
    """Publish all `messages` as `offer` does, and return the offsets by partition.

    Raises `KafkaError`. After a refusal it raises the broker's error, once the other messages are written.
    """
    outcome = await offer(sender, topic, messages)
    for refusal in outcome.refused.values():
        raise refusal.failure
    return outcome.offsets


async def offer(sender: Producer, topic: str, messages: Iterable[Message]) -> Outcome:
    """Publish `messages` in order within each partition, and wait for the acknowledgements.

    A message that a broker always refuses is left out, with the later messages of its key. Raises `KafkaError` when the
    broker fails in another way, or does not acknowledge all within `PUBLISH_SECONDS`. Then each partition holds a first
    part of its messages without gaps, and the rest may still arrive.
    """
    by_partition: dict[int, list[Message]] = {}
    for message in messages:
        by_partition.setdefault(message.partition, []).append(message)
    offering = [_Offering(sender, TopicPartition(topic, number), queued) for number, queued in by_partition.items()]
    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            outcomes = await asyncio.gather(*(one.run() for one in offering), return_exceptions=True)
    except TimeoutError:
        raise KafkaError(f"Kafka did not acknowledge within {PUBLISH_SECONDS:g} seconds") from None
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    written = {one.partition.partition: one.written for one in offering if one.written}
    return Outcome(written, {key: refusal for one in offering for key, refusal in one.refused.items()})


class _Offering:
    """The messages of one partition. It sends one record batch after the other, so that none overtakes another."""

    def __init__(self, sender: Producer, partition: TopicPartition, queued: Sequence[Message]) -> None:
        self._sender = sender
        self._waiting = deque(queued)
        self._most = self._all = len(queued)
        """Most messages of the next batch, and of any batch."""
        self.partition = partition
        self.written = range(0)
        self.refused: dict[bytes, RefusedMessage] = {}

    async def run(self) -> None:
        """Send until no message waits."""
        topic, number = self.partition.topic, self.partition.partition
        while messages := self._next(batch := self._sender.create_batch()):
            try:
                delivery = await self._sender.send_batch(batch, topic, partition=number)
                offset: int = (await delivery).offset
            except REFUSALS as refusal:
                self._take_back(messages, refusal)
            else:
                self.written = range(self.written.start if self.written else offset, offset + len(messages))
                self._most = min(2 * self._most, self._all)

    def _next(self, batch: BatchBuilder) -> list[Message]:
        """Fill `batch` with the next messages and return them."""
        taken: list[Message] = []
        while self._waiting and len(taken) < self._most:
            message = self._waiting[0]
            if message.key not in self.refused:
                if not _append(batch, message):
                    break
                taken.append(message)
            self._waiting.popleft()
        return taken

    def _take_back(self, messages: Sequence[Message], refusal: BrokerResponseError) -> None:
        """Send a refused batch again in halves. A single message is refused finally.

        aiokafka has counted the batch as written. Without a correction, the idempotent producer's next batch would be
        out of sequence.
        """
        self._sender._txn_manager.increment_sequence_number(self.partition, -len(messages))  # no public call
        if len(messages) == 1:
            self.refused[messages[0].key] = RefusedMessage(messages[0], refusal)
        else:
            self._waiting.extendleft(reversed(messages))
        self._most = max(1, len(messages) // 2)


def _append(batch: BatchBuilder, message: Message) -> bool:
    appended = batch.append(
        key=message.key, value=message.value, timestamp=message.timestamp_ms, headers=list(message.headers)
    )
    return appended is not None
