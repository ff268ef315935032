"""Writing to the topic of events, and noticing when the topic has lost what was written.

Kafka has no append at an expected offset, so the ends of the partitions are asked for before every group of events: a
broker that came back without its last records would else take new events in front of those it lost.
"""

from collections.abc import Mapping, Sequence

from shared.clock import wire
from shared.kafka import Consumer, Message, Producer, end_offsets, partition_of, publish
from shared.mongo import Document
from shared.telemetry import RELAYED
from shared.telemetry.traces import begin
from shared.topics import GENERATION, PARTITIONS

SOURCE = b"/ticketstream/command"


class LostTailError(Exception):
    """The topic ends before what was published to it: Kafka lost acknowledged events."""


def message_of(event: Document, traceparent: str, generation: int) -> Message:
    """Give the record of an event as the store keeps it, headed as CloudEvents' Kafka binding says, binary mode.

    `ce_generation` is an extension: what was published before the first record of a later generation means nothing any
    more. `traceparent` is that of W3C Trace Context: how to go on with the trace of the event's command.
    """
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
        ),
    )


class TopicWriter:
    """Publishes a generation to `topic`; `ends` tells how far its partitions were written at least."""

    def __init__(
        self, sender: Producer, reader: Consumer, topic: str, *, generation: int, ends: Mapping[int, int]
    ) -> None:
        self._sender = sender
        self._reader = reader
        self._topic = topic
        self._generation = generation
        self._ends = dict(ends)

    async def check(self) -> dict[int, int]:
        """Tell where the partitions end; raises `LostTailError` when one does before what was written to it."""
        present = await self.present()
        if any(present[partition] < end for partition, end in self._ends.items()):
            raise LostTailError
        return present

    async def present(self) -> dict[int, int]:
        """Ask where the partitions end."""
        return await end_offsets(self._reader, self._topic, PARTITIONS)

    async def publish(self, events: Sequence[Document]) -> Mapping[int, range]:
        """Publish events in their order; returns the offsets of every partition written to.

        Raises `LostTailError` or `KafkaError`.
        """
        if not events:
            return {}
        await self.check()
        spans = [begin(f"publish {self._topic}", "producer", event.get("traceparent")) for event in events]
        traced = zip(events, spans, strict=True)
        messages = (message_of(event, span.traceparent, self._generation) for event, span in traced)
        offsets = await publish(self._sender, self._topic, messages)
        if any(written.start < self._ends.get(partition, 0) for partition, written in offsets.items()):
            raise LostTailError
        self._ends |= {partition: written.stop for partition, written in offsets.items()}
        for event, span in zip(events, spans, strict=True):
            span.end({"messaging.system": "kafka", "messaging.message.id": event["_id"]})
        RELAYED.inc(len(events))
        return offsets
