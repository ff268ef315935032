"""The relay: publishes committed events to Kafka in commit order, and saves its position from time to time.

A position is saved only after the broker's acknowledgement, so a crash repeats events and never skips one (decision
0005). Only the holder of the lease publishes; two relays at once would still be correct.
"""

import asyncio
from contextlib import aclosing
from time import monotonic

from services.command.relay.lease import Lease, LeaseHeldError, LeaseLostError
from services.command.relay.refill import run_refill
from services.command.relay.relay_lag import RelayLag
from services.command.relay.saved_position import SAVE_SECONDS, SavedPosition
from services.command.relay.tail import Tail, contradicting
from services.command.relay.topic_writer import LostTailError, TopicWriter
from services.command.relay.withheld import OFFERED_SECONDS, TooManyRefusedError, check_few, offer_again, unheld
from shared.kafka import IncompleteTopicError, KafkaError, consumer, missing_topics
from shared.kafka.publishing import producer
from shared.mongo import Database, Document, OperationFailure, PyMongoError, changes
from shared.storage.publication import (
    NotInitialisedError,
    PositionMovedError,
    Publication,
    begin_refill,
    read_publication,
)
from shared.storage.topics import Topics
from shared.telemetry import logger
from shared.telemetry.failures import describe

GROUP = 1_000
"""Most events that are published together."""
BUSY = 8
"""After a group of at least this many events, the relay waits for the next group to grow."""
GATHER_SECONDS = 0.03
"""How long it waits: a group of a hundred events costs the service little more than a group of one."""
IDLE_MS = 1_000
LOOK_SECONDS = 10.0
"""How often the position is saved and the topic is checked while no event is stored. The position must not become older
than MongoDB's oplog, and the topic must still hold the published events."""
RETRY_SECONDS = 1.0
HISTORY_LOST = frozenset({260, 280, 286})
"""MongoDB's error codes when a change stream cannot resume, because the oplog is too short or another one:
260 InvalidResumeToken, 280 ChangeStreamFatalError, 286 ChangeStreamHistoryLost."""
INSERTED: list[Document] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument": 1}}]

log = logger(__name__)


class MissingTopicError(Exception):
    """A topic of the platform no longer exists; the text is one sentence that says what to do."""


FAILURES = (
    IncompleteTopicError,
    KafkaError,
    LeaseLostError,
    MissingTopicError,
    NotInitialisedError,
    PyMongoError,
    TooManyRefusedError,
)
"""Failures that interrupt the relay. It tries again later."""


class Relay:
    """Publishes the events that the event store commits. `run` competes with the relays of other command services."""

    def __init__(self, db: Database, bootstrap: str, topics: Topics, holder: str) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._topics = topics
        self._lease = Lease(db, "relay", holder)
        self._holder = holder
        self._lag = RelayLag(db)
        self.failure: str | None = None
        """Why this relay does not publish, in one sentence; None when it does or when another holds the lease."""
        self._failing_since: float | None = None
        self._seen: Publication | None = None
        """The publication position at the last look, while another relay holds the lease."""

    @property
    def lag_seconds(self) -> float:
        """Return the age, in seconds, of the oldest event that no service has published; 0 when there is none.

        While this relay fails, it is at least the time since the first failure.
        """
        failing = monotonic() - self._failing_since if self._failing_since is not None else 0.0
        return max(self._lag.seconds, failing)

    async def run(self) -> None:
        """Relay until cancelled; try again each second while another relay publishes or an engine is away."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lag.watch())
            tasks.create_task(self._take_turns())

    async def _take_turns(self) -> None:
        while True:
            try:
                await self._take_turn()
            except FAILURES as failure:
                if self._failing_since is None:
                    self._failing_since = monotonic()
                self.failure = describe(failure) or type(failure).__name__
                log.error("relay_interrupted", kind=type(failure).__name__, reason=self.failure)
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_turn(self) -> None:
        try:
            await self._relay_while_leased()
        except LeaseHeldError:
            if self.failure:
                before, self._seen = self._seen, await read_publication(self._db)
                if before not in (None, self._seen):  # another relay makes progress
                    self._failing_since = self.failure = None

    async def _relay_while_leased(self) -> None:
        async with self._lease as lease:
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
        """Publish until cancelled, or until a refill must begin. The next turn runs the refill."""
        self._seen = None
        publication = await read_publication(self._db)
        await self._check_topics()
        async with producer(self._bootstrap) as sender, consumer(self._bootstrap) as reader:
            name, generation = self._topics.ticket_events, publication.generation
            topic = TopicWriter(sender, reader, name, generation=generation, ends=publication.ends)
            try:
                present = await topic.check()
                if later := await contradicting(self._db, reader, Tail(name, generation, publication.ends, present)):
                    log.error("event_store_set_back", unknown=later.event_id, generation=later.generation)
                    await begin_refill(self._db, publication, present, beyond=later.generation)
                    return
                publication = await offer_again(self._db, topic, publication)
                check_few(publication.withheld)
                self._failing_since = self.failure = None
                log.info("relay_started", holder=self._holder)
                if publication.refill:
                    publication = await run_refill(self._db, publication, publication.refill, topic.publish)
                await self._follow(topic, publication)
            except PositionMovedError:
                log.info("relay_position_moved")
            except LostTailError:
                log.error("topic_lost_tail", topic=name, generation=generation)
                await begin_refill(self._db, publication, await topic.present())
            except OperationFailure as failure:
                if failure.code not in HISTORY_LOST:
                    raise
                log.error("relay_position_lost", reason=describe(failure))
                await begin_refill(self._db, publication)

    async def _follow(self, topic: TopicWriter, publication: Publication) -> None:
        """Publish the events stored after the publication position, until cancelled; raises `PositionMovedError`."""
        position = SavedPosition(self._db, publication)

        def longest_wait() -> int:
            return round(SAVE_SECONDS * 1_000) if position.is_behind else IDLE_MS

        start = publication.stream_position
        groups = changes(self._db.events, INSERTED, position=start, group=GROUP, wait_ms=longest_wait)
        offered = monotonic()
        try:
            async with aclosing(groups):
                async for inserted, token in groups:
                    if position.publication.withheld and monotonic() - offered > OFFERED_SECONDS:
                        await position.save()
                        position.publication = await offer_again(self._db, topic, position.publication)
                        offered = monotonic()
                    if inserted:
                        await self._publish(topic, position, inserted, token)
                    elif position.is_behind:
                        await position.save()
                    elif position.age > LOOK_SECONDS:
                        await topic.check()
                        check_few(position.publication.withheld)
                        position.move(token, {}, {})
                        await position.save()
        finally:
            await position.save_last()

    async def _publish(
        self, topic: TopicWriter, position: SavedPosition, inserted: list[Document], token: Document
    ) -> None:
        withheld = position.publication.withheld
        check_few(withheld)
        events = [change["fullDocument"] for change in inserted]
        published = await topic.publish(unheld(events, withheld))
        position.move(token, published.offsets, published.withheld)
        if published.withheld or position.is_due:
            await position.save()
        if BUSY <= len(events) < GROUP:
            await asyncio.sleep(GATHER_SECONDS)

    async def _check_topics(self) -> None:
        if missing := await missing_topics(self._bootstrap, self._topics.definitions()):
            names = " and ".join(topic.name for topic in missing)
            raise MissingTopicError(
                f"Kafka no longer has the topic {names}; "
                "restore it, or run `ticketstream republish` to create and fill it again."
            )
