"""The relay: publishes committed events to Kafka in commit order, from a position that it saves behind itself.

A position is saved only after the broker's acknowledgement, so a crash repeats events and never skips one (design,
Relay). Only the holder of a lease publishes; two at once would still be correct.
"""

import asyncio
from contextlib import aclosing
from datetime import datetime
from time import monotonic

from services.command.lease import Lease, LeaseHeldError, LeaseLostError
from services.command.refill import refill
from services.command.tail import Tail, contradicting
from services.command.topic_writer import LostTailError, TopicWriter
from shared.clock import utc_now
from shared.failures import told
from shared.kafka import IncompleteTopicError, KafkaError, consumer, missing_topics, producer
from shared.mongo import Database, Document, OperationFailure, PyMongoError, changes
from shared.relay_position import NotInitialisedError, advance, begin_refill, relay_progress, unpublished_from
from shared.telemetry import logger
from shared.topics import Topics

GROUP = 1_000
"""Most events between two saved positions."""
BUSY = 8
"""Events of one group from which on the next one is given time to grow."""
GATHER_SECONDS = 0.03
"""That time: most of what the relay costs the service around it is the same for a group of one and of a hundred."""
IDLE_MS = 1_000
LOOK_SECONDS = 10.0
"""How often the position is saved while nothing is appended, so that it never falls off MongoDB's oplog, and how often
the topic is asked whether it still holds what was published."""
RETRY_SECONDS = 1.0
HISTORY_LOST = frozenset({260, 280, 286})
"""MongoDB's codes when a position of a change stream is no longer kept: its oplog moved on, or is another one."""
INSERTED: list[Document] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument": 1}}]

log = logger(__name__)


class MissingTopicError(Exception):
    """A topic that events were published to is gone; the text is one sentence that says what to do."""


FAILURES = (
    IncompleteTopicError,
    KafkaError,
    LeaseLostError,
    MissingTopicError,
    NotInitialisedError,
    PyMongoError,
)
"""What interrupts the relay until it tries again."""


class Relay:
    """Publishes what the event store commits; `run` takes turns with the relays of other command services."""

    def __init__(self, db: Database, bootstrap: str, topics: Topics, holder: str) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._topics = topics
        self._holder = holder
        self.failure: str | None = None
        """Why nothing is relayed at the moment, in one sentence; None when all is well or another holds the lease."""
        self._behind_since: datetime | None = None
        self._seen: Document | None = None
        """The progress at the last look, while others have their turn."""

    @property
    def lag_seconds(self) -> float:
        """The age of the oldest event that is not published; while that is unknown, for how long it has been.

        0 when all are published, or another holds the lease.
        """
        return (utc_now() - self._behind_since).total_seconds() if self._behind_since else 0.0

    async def run(self) -> None:
        """Relay until cancelled; while another does, or an engine is away, try again each second."""
        while True:
            try:
                await self._take_turn()
            except FAILURES as failure:
                self._behind_since = self._behind_since or utc_now()
                self.failure = told(failure) or type(failure).__name__
                log.error("relay_interrupted", kind=type(failure).__name__, reason=self.failure)
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_turn(self) -> None:
        try:
            await self._relay_while_leased()
        except LeaseHeldError:
            if self._behind_since:
                before, self._seen = self._seen, await relay_progress(self._db)
                if before not in (None, self._seen):  # another gets on: no longer do all fail in turns
                    self._behind_since = self.failure = None

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
        """Publish until cancelled, or until a refill has to begin, which is then done in the next turn."""
        self._behind_since = self._behind_since or utc_now()
        self._seen = None
        progress = await relay_progress(self._db)
        await self._check_topics()
        ends = {int(partition): end for partition, end in progress["ends"].items()}
        async with producer(self._bootstrap) as sender, consumer(self._bootstrap) as reader:
            name, generation = self._topics.ticket_events, progress["generation"]
            topic = TopicWriter(sender, reader, name, generation=generation, ends=ends)
            try:
                present = await topic.check()
                if later := await contradicting(self._db, reader, Tail(name, generation, ends, present)):
                    log.error("event_store_set_back", unknown=later.event_id, generation=later.generation)
                    await begin_refill(self._db, progress, present, beyond=later.generation)
                    return
                self.failure = None
                log.info("relay_started", holder=self._holder)
                if progress["refill"]:
                    progress = await refill(self._db, progress, topic.publish)
                if not progress["refill"] and progress["generation"] == generation:  # else another one began meanwhile
                    await self._follow(topic, progress)
            except LostTailError:
                log.error("topic_lost_tail", topic=name, generation=generation)
                await begin_refill(self._db, progress, await topic.present())
            except OperationFailure as failure:
                if failure.code not in HISTORY_LOST:
                    raise
                log.error("relay_position_lost", reason=told(failure))
                await begin_refill(self._db, progress)

    async def _follow(self, topic: TopicWriter, progress: Document) -> None:
        position = unpublished_from(progress)
        groups = changes(self._db.events, INSERTED, position=position, group=GROUP, wait_ms=IDLE_MS)
        saved = monotonic()
        async with aclosing(groups):
            async for inserted, token in groups:
                events = [change["fullDocument"] for change in inserted]
                self._behind_since = events[0]["sentDate"] if events else None
                offsets = await topic.publish(events)
                self._behind_since = events[-1]["sentDate"] if len(events) == GROUP else None
                if not offsets and monotonic() - saved < LOOK_SECONDS:
                    continue
                if not offsets:
                    await topic.check()
                if not await advance(self._db, progress, token, offsets):
                    log.info("relay_interrupted_by_refill")
                    return
                saved = monotonic()
                if BUSY <= len(events) < GROUP:
                    await asyncio.sleep(GATHER_SECONDS)

    async def _check_topics(self) -> None:
        if missing := await missing_topics(self._bootstrap, self._topics.definitions()):
            names = " and ".join(topic.name for topic in missing)
            raise MissingTopicError(
                f"Kafka has no topic {names} any more; "
                "give the topic back to Kafka, or run `ticketstream republish` to make and fill it anew."
            )
