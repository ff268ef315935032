"""The relay: publishes committed events to Kafka in commit order, from a position that it saves behind itself.

A position is saved only after the broker's acknowledgement, so a crash repeats events and never skips one (design,
Relay). Only the holder of a lease publishes; two at once would still be correct.
"""

import asyncio
from contextlib import aclosing
from time import monotonic

from services.command.lease import Lease, LeaseHeldError, LeaseLostError
from shared.clock import wire
from shared.kafka import KafkaError, Message, end_offsets, partition_of, producer, publish
from shared.mongo import Database, Document, PyMongoError, changes
from shared.progress import NotInitialisedError, relay_progress, unpublished_from
from shared.telemetry import logger
from shared.topics import PARTITIONS, Topics

GROUP = 1_000
"""Most events between two saved positions."""
IDLE_MS = 1_000
SAVE_IDLE_SECONDS = 10.0
"""How often the position is saved while nothing is appended, so that it never falls off MongoDB's oplog."""
RETRY_SECONDS = 1.0
SOURCE = b"/ticketstream/command"
INSERTED: list[Document] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument": 1}}]

log = logger(__name__)


class LostTailError(Exception):
    """The topic ends before what was already published to it: Kafka lost acknowledged events."""


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
        self._topic = topics.ticket_events
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
            except (PyMongoError, KafkaError, LeaseLostError, LostTailError, NotInitialisedError) as failure:
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
        await self._check_tail(progress)
        groups = changes(self._db.events, INSERTED, position=unpublished_from(progress), group=GROUP, wait_ms=IDLE_MS)
        async with producer(self._bootstrap) as sender, aclosing(groups):
            self.failure = None
            log.info("relay_started", holder=self._holder)
            saved = monotonic()
            async for inserted, token in groups:
                ends = await publish(sender, self._topic, [message_of(change["fullDocument"]) for change in inserted])
                if ends or monotonic() - saved > SAVE_IDLE_SECONDS:
                    await self._save(token, ends)
                    saved = monotonic()

    async def _check_tail(self, progress: Document) -> None:
        ends = await end_offsets(self._bootstrap, self._topic, PARTITIONS)
        for partition, published in progress["ends"].items():
            if ends[int(partition)] < published:
                raise LostTailError(
                    f"partition {partition} of {self._topic} ends at offset {ends[int(partition)]}, but events up to "
                    f"offset {published} were published: Kafka lost them; nothing is relayed until its data is back"
                )

    async def _save(self, token: Document, ends: dict[int, int]) -> None:
        moved = {f"ends.{partition}": end for partition, end in ends.items()}
        await self._db.progress.update_one({"_id": "relay"}, {"$set": {"token": token, **moved}})
