"""The relay: publishes committed events to Kafka in commit order, from a position that it saves behind itself.

A position is saved only after the broker's acknowledgement, so a crash repeats events and never skips one (design,
Relay). Only the holder of a lease publishes; two at once would still be correct.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from time import monotonic

from services.command.lease import Lease, LeaseHeldError, LeaseLostError
from services.command.refill import refill
from shared.clock import utc_now, wire
from shared.kafka import KafkaError, Message, Producer, end_offsets, missing_topics, partition_of, producer, publish
from shared.mongo import Database, Document, OperationFailure, PyMongoError, changes
from shared.progress import NotInitialisedError, advance, begin_refill, relay_progress, unpublished_from
from shared.telemetry import RELAY_LAG_SECONDS, RELAYED, logger
from shared.topics import PARTITIONS, Topics

GROUP = 1_000
"""Most events between two saved positions."""
IDLE_MS = 1_000
SAVE_IDLE_SECONDS = 10.0
"""How often the position is saved while nothing is appended, so that it never falls off MongoDB's oplog."""
RETRY_SECONDS = 1.0
HISTORY_LOST = frozenset({260, 280, 286})
"""MongoDB's codes when a position of a change stream is no longer kept: its oplog moved on, or is another one."""
SOURCE = b"/ticketstream/command"
INSERTED: list[Document] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument": 1}}]

log = logger(__name__)


class MissingTopicError(Exception):
    """A topic that events were published to is gone; the text is one sentence that says what to do."""


def message_of(event: Document) -> Message:
    """Give the record of an event as the store keeps it, headed as CloudEvents' Kafka binding says, binary mode."""
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
            ("content-type", b"application/json"),
        ),
    )


class Relay:
    """Publishes what the event store commits; `run` takes turns with the relays of other command services."""

    def __init__(self, db: Database, bootstrap: str, topics: Topics, holder: str) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._topics = topics
        self._holder = holder
        self.failure: str | None = None
        """Why nothing is relayed at the moment, in one sentence; None when all is well or another holds the lease."""

    async def run(self) -> None:
        """Relay until cancelled; while another does, or an engine is away, try again each second."""
        while True:
            try:
                await self._relay_while_leased()
            except LeaseHeldError:
                self.failure = None
            except (PyMongoError, KafkaError, LeaseLostError, MissingTopicError, NotInitialisedError) as failure:
                self.failure = str(failure) or type(failure).__name__
                log.error("relay_interrupted", kind=type(failure).__name__, reason=self.failure)
            await asyncio.sleep(RETRY_SECONDS)

    async def _relay_while_leased(self) -> None:
        async with Lease(self._db, "relay", self._holder) as lease:
            keeping = asyncio.create_task(lease.keep())
            relaying = asyncio.create_task(self._relay())
            try:
                await asyncio.wait((keeping, relaying), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (keeping, relaying):
                    task.cancel()
                outcomes = await asyncio.gather(keeping, relaying, return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    raise outcome

    async def _relay(self) -> None:
        progress = await relay_progress(self._db)
        await self._check_topics()
        if await self._has_lost_tail(progress):
            log.error("topic_lost_tail", topic=self._topics.ticket_events, generation=progress["generation"] + 1)
            progress = await begin_refill(self._db, progress, new_generation=True)
        async with producer(self._bootstrap) as sender:
            self.failure = None
            log.info("relay_started", holder=self._holder)
            if progress["refill"]:
                progress = await refill(self._db, progress, lambda events: self._publish(sender, events))
            try:
                await self._follow(sender, progress)
            except OperationFailure as failure:
                if failure.code not in HISTORY_LOST:
                    raise
                log.error("relay_position_lost", reason=str(failure))
                await begin_refill(self._db, progress, new_generation=False)

    async def _follow(self, sender: Producer, progress: Document) -> None:
        position = unpublished_from(progress)
        groups = changes(self._db.events, INSERTED, position=position, group=GROUP, wait_ms=IDLE_MS)
        saved = monotonic()
        async with aclosing(groups):
            async for inserted, token in groups:
                ends = await self._publish(sender, [change["fullDocument"] for change in inserted])
                if ends or monotonic() - saved > SAVE_IDLE_SECONDS:
                    await advance(self._db, token, ends)
                    saved = monotonic()

    async def _publish(self, sender: Producer, events: Sequence[Document]) -> Mapping[int, int]:
        ends = await publish(sender, self._topics.ticket_events, map(message_of, events))
        if events:
            RELAYED.inc(len(events))
            RELAY_LAG_SECONDS.set((utc_now() - events[-1]["sentDate"]).total_seconds())
        return ends

    async def _check_topics(self) -> None:
        if missing := await missing_topics(self._bootstrap, self._topics.definitions()):
            names = " and ".join(topic.name for topic in missing)
            raise MissingTopicError(
                f"Kafka has no complete topic {names} any more; "
                "give the topic back to Kafka, or run `ticketstream republish` to make and fill it anew."
            )

    async def _has_lost_tail(self, progress: Document) -> bool:
        ends = await end_offsets(self._bootstrap, self._topics.ticket_events, PARTITIONS)
        return any(ends[int(partition)] < published for partition, published in progress["ends"].items())
