"""The event store: one MongoDB document for each event, inserted in groups.

`_id` is `<ticket uid>:<version>`, so two writers cannot both append the same version. A second unique index on ticket
and processUid ensures that a command is applied at most once.
"""

import asyncio
import os
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from shared.mongo import BulkWriteError, Database, Document, PyMongoError
from shared.storage.event_document import event_document, event_id
from shared.telemetry import APPEND_QUEUE, APPEND_SECONDS, APPENDED_TOGETHER, logger
from shared.telemetry.failures import describe
from shared.telemetry.traces import trace_of

GROUP = 500
"""Most events that one insert writes."""
BUSY = 4
"""After a group of at least this many events, the next group may grow before it is inserted."""
GATHER_SECONDS = 0.005
"""For how long: an insert of twenty events costs the service little more than an insert of one."""
QUEUE = 2_000
"""Most events that wait for an insert. A further append raises `OverloadedError` at once."""
RETRY_SECONDS = 0.2
"""Pause before an insert with an unknown outcome is repeated."""
TAIL = 16
"""Events in the first query of a ticket's latest events; each further query asks for twice as many."""
DUPLICATE_KEY = 11_000
"""MongoDB's error code for a violated unique index."""

log = logger(__name__)


class ConflictError(Exception):
    """The version or the processUid exists already: the decision was made without the ticket's latest events."""


class OverloadedError(Exception):
    """Too many events wait to be written; this one was not accepted."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. `body` is its JSON, as it is answered, stored and published.

    `user` is the uid of the user who sent the command; the operator in the body may be another person. `traceparent`
    continues the trace of the command. `attempt` identifies this append: when MongoDB's answer to an insert is lost,
    the retry recognises its own event by it.
    """

    ticket: str
    version: int
    process: str
    type: str
    received: datetime
    body: bytes
    traceparent: str | None = None
    user: str | None = None
    attempt: bytes = field(default_factory=lambda: os.urandom(12))

    @property
    def id(self) -> str:
        """Return the event's key in the event store and its name in the topic."""
        return event_id(self.ticket, self.version)

    def document(self) -> Document:
        """Return the document that is inserted."""
        return event_document(
            ticket=self.ticket,
            version=self.version,
            process=self.process,
            event_type=self.type,
            received=self.received,
            body=self.body,
            traceparent=self.traceparent,
            user=self.user,
            attempt=self.attempt,
        )


@dataclass(slots=True)
class _Waiting:
    event: NewEvent
    written: "asyncio.Future[bool]"
    """True when the event is durable, False when its key was taken.

    It never holds an exception, whose reference cycle would keep the ticket's lock alive until garbage collection.
    """


class EventStore:
    """Appends events and reads the events of a ticket. `append` returns only while `write` runs.

    Callers append one event of a ticket at a time, because inserts are unordered: of two events of one ticket, the
    first could fail and the second succeed.
    """

    def __init__(self, db: Database) -> None:
        self._events = db.events
        self._queue: deque[_Waiting] = deque()
        self._queued = asyncio.Event()
        APPEND_QUEUE.set_function(self._queue.__len__)

    async def append(self, event: NewEvent) -> None:
        """Return once `event` is durable; raises `ConflictError` or `OverloadedError`.

        Waits as long as MongoDB is away; callers set the timeout. After a cancelled append, the event may or may not be
        written. An event that was still queued is not written.
        """
        if len(self._queue) >= QUEUE:
            raise OverloadedError
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued.set()
        if not await waiting.written:
            raise ConflictError

    async def write(self) -> None:
        """Insert the queued events, one group after the other, until cancelled."""
        while True:
            await self._queued.wait()
            group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            if not self._queue:
                self._queued.clear()
            APPENDED_TOGETHER.observe(len(group))
            await self._insert(group)
            if len(group) >= BUSY:
                await asyncio.sleep(GATHER_SECONDS)

    async def _insert(self, group: list[_Waiting]) -> None:
        """Insert a group; repeat while the outcome is unknown and a caller still waits."""
        tried = False
        while group := [waiting for waiting in group if not waiting.written.done()]:
            try:
                with APPEND_SECONDS.time():
                    await self._events.insert_many([waiting.event.document() for waiting in group], ordered=False)
            except BulkWriteError as partly:
                group = await self._settle(group, partly, tried=tried)
            except PyMongoError as away:
                log.warning("append_unsettled", events=len(group), reason=describe(away))
            else:
                _conclude(group)
                return
            tried = True
            if group:
                await asyncio.sleep(RETRY_SECONDS)

    async def _settle(self, group: list[_Waiting], partly: BulkWriteError, *, tried: bool) -> list[_Waiting]:
        """Report the outcome to each caller, and return the events whose outcome is still unknown."""
        if partly.details.get("writeConcernErrors"):
            log.warning("append_unsettled", events=len(group), reason=describe(partly))
            return group
        refused = {problem["index"]: problem for problem in partly.details["writeErrors"]}
        _conclude([waiting for position, waiting in enumerate(group) if position not in refused])
        taken = [group[position] for position, problem in refused.items() if problem["code"] == DUPLICATE_KEY]
        unsettled = [group[position] for position, problem in refused.items() if problem["code"] != DUPLICATE_KEY]
        try:
            own = await self._own(taken) if tried and taken else []
        except PyMongoError as away:
            log.warning("append_unsettled", events=len(taken), reason=describe(away))
            return [*taken, *unsettled]
        _conclude(own)
        _refuse(taken)
        return unsettled

    async def _own(self, taken: list[_Waiting]) -> list[_Waiting]:
        """Return the events that an earlier try of the same append wrote, when MongoDB's answer was lost."""
        keys = [waiting.event.id for waiting in taken]
        documents = await self._events.find({"_id": {"$in": keys}}, {"attempt": 1}).to_list(None)
        attempts = {document["_id"]: document["attempt"] for document in documents}
        return [waiting for waiting in taken if attempts.get(waiting.event.id) == waiting.event.attempt]

    async def read(self, ticket: str, after: int) -> list[tuple[int, bytes]]:
        """Return version and body of the ticket's events after version `after`, in order and without a gap."""
        found: list[tuple[int, bytes]] = []
        width = TAIL
        while True:
            first = after + len(found) + 1
            keys = [event_id(ticket, version) for version in range(first, first + width)]
            documents = await self._events.find({"_id": {"$in": keys}}, {"version": 1, "body": 1}).to_list(width)
            bodies = {document["version"]: document["body"] for document in documents}
            for version in range(first, first + width):
                if version not in bodies:
                    return found
                found.append((version, bodies[version]))
            width *= 2


def _conclude(group: list[_Waiting]) -> None:
    if group:
        events = [waiting.event for waiting in group]
        log.info(
            "events_appended",
            events=[event.id for event in events],
            traces=[trace_of(event.traceparent) for event in events],
            users=[event.user for event in events],
        )
    for waiting in group:
        if not waiting.written.done():
            waiting.written.set_result(True)


def _refuse(group: list[_Waiting]) -> None:
    for waiting in group:
        if not waiting.written.done():
            waiting.written.set_result(False)
