"""The topic writer: writes events to their topic, and notices when the topic has lost records.

Kafka cannot append at an expected offset. So the writer asks for the ends of the partitions before it writes, unless
it asked just before. Otherwise a broker that lost its last records at a restart would accept new events in their place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from shared.clock import wire
from shared.kafka import Consumer, end_offsets, partition_of
from shared.kafka.publishing import Message, Producer, RefusedMessage, offer
from shared.mongo import Document
from shared.storage.publication import Withheld, WithheldEvent
from shared.storage.topics import GENERATION, PARTITIONS, SOURCE
from shared.telemetry import RELAYED
from shared.telemetry.traces import begin

CHECKED_SECONDS = 0.5
"""Seconds for which an answer about the ends of the partitions counts. A broker needs longer to restart."""


class LostTailError(Exception):
    """The topic ends before the last published event: Kafka lost acknowledged records."""


@dataclass(frozen=True, slots=True)
class Published:
    """The offsets written, by partition, and the events that Kafka refused, by ticket."""

    offsets: Mapping[int, range]
    withheld: Withheld


def message_of(event: Document, traceparent: str, generation: int) -> Message:
    """Return the record of a stored event, with the headers of CloudEvents' Kafka binding in binary mode.

    `ce_generation` is an extension: the first record of a later generation makes all earlier records meaningless.
    `traceparent` (W3C Trace Context) continues the trace of the event's command. `ce_user`, also an extension, is the
    uid of the user who sent the command; events that are older than this header have none.
    """
    user = event.get("user")
    return Message(
        partition=partition_of(event["ticket"], PARTITIONS),
        key=event["ticket"].encode(),
        value=event["body"],
        timestamp_ms=round(event["sentDate"].timestamp() * 1_000),
        headers=(
            ("ce_specversion", b"1.0"),
            ("ce_id", event["_id"].encode()),
            ("ce_type", event["type"].encode()),
            ("ce_source", SOURCE),
            ("ce_time", wire(event["sentDate"]).encode()),
            (GENERATION, str(generation).encode()),
            ("content-type", b"application/json"),
            ("traceparent", traceparent.encode()),
            *((("ce_user", user.encode()),) if user else ()),
        ),
    )


class TopicWriter:
    """Publishes a generation to `topic`. Its partitions were written at least up to `ends`."""

    def __init__(
        self, sender: Producer, reader: Consumer, topic: str, *, generation: int, ends: Mapping[int, int]
    ) -> None:
        self._sender = sender
        self._reader = reader
        self._topic = topic
        self._generation = generation
        self._ends = dict(ends)
        self._checked = monotonic() - CHECKED_SECONDS

    async def check(self) -> dict[int, int]:
        """Return where the partitions end; raises `LostTailError` when one ends before the last written record."""
        asked = monotonic()
        present = await self.present()
        if any(present[partition] < end for partition, end in self._ends.items()):
            raise LostTailError
        self._checked = asked
        return present

    async def present(self) -> dict[int, int]:
        """Return where the partitions end."""
        return await end_offsets(self._reader, self._topic, PARTITIONS)

    async def publish(self, events: Sequence[Document]) -> Published:
        """Publish events in their order; after a refused event, no later event of its ticket is published.

        Raises `LostTailError` or `KafkaError`.
        """
        if not events:
            return Published({}, {})
        if monotonic() - self._checked >= CHECKED_SECONDS:
            await self.check()
        spans = [begin(f"publish {self._topic}", "producer", event.get("traceparent")) for event in events]
        traced = zip(events, spans, strict=True)
        messages = [message_of(event, span.traceparent, self._generation) for event, span in traced]
        outcome = await offer(self._sender, self._topic, messages)
        if any(written.start < self._ends.get(partition, 0) for partition, written in outcome.offsets.items()):
            raise LostTailError
        self._ends |= {partition: written.stop for partition, written in outcome.offsets.items()}
        withheld = _withheld(zip(events, messages, strict=True), outcome.refused) if outcome.refused else {}
        written = [
            (event, span)
            for event, span in zip(events, spans, strict=True)
            if event["ticket"] not in withheld or event["version"] < withheld[event["ticket"]].version
        ]
        for event, span in written:
            span.end({"messaging.system": "kafka", "messaging.message.id": event["_id"]})
        RELAYED.inc(len(written))
        return Published(outcome.offsets, withheld)


def _withheld(offered: Iterable[tuple[Document, Message]], refused: Mapping[bytes, RefusedMessage]) -> Withheld:
    """Return the first refused event of each ticket."""
    return {
        event["ticket"]: WithheldEvent(event["version"], event["sentDate"], refusal.reason)
        for event, message in offered
        if (refusal := refused.get(message.key)) and refusal.message is message
    }
