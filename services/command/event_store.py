"""The event store: one document per event in MongoDB, appended in groups, where a unique key checks concurrency.

`_id` is `<ticket uid>:<version>`, so two writers can not both append a version; a second unique key on ticket and
processUid makes a command count once (design, Write side).
"""

import asyncio
import os
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from shared.failures import told
from shared.mongo import BulkWriteError, Database, Document, PyMongoError
from shared.telemetry import APPEND_QUEUE, APPEND_SECONDS, APPENDED_TOGETHER, logger
from shared.telemetry.traces import trace_of

GROUP = 500
"""Most events in one insert."""
QUEUE = 2_000
"""Most events waiting for an insert; beyond it, callers are turned away at once."""
RETRY_SECONDS = 0.2
TAIL = 16
"""Events asked for at first when a tail is read; doubled while there are more."""
DUPLICATE_KEY = 11_000

log = logger(__name__)


class ConflictError(Exception):
    """The version or the processUid is taken: whoever decided did not know the ticket's latest events."""


class OverloadedError(Exception):
    """Too many events are waiting to be written; this one was not taken."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append: `body` is the JSON that is answered, kept and published.

    `traceparent` continues the trace of its command. `attempt` tells this append from any other, so that one whose
    answer was lost knows its event again.
    """

    ticket: str
    version: int
    process: str
    type: str
    received: datetime
    body: bytes
    traceparent: str | None = None
    attempt: bytes = field(default_factory=lambda: os.urandom(12))

    @property
    def id(self) -> str:
        """Key in the store, and name of the event in the topic."""
        return f"{self.ticket}:{self.version}"

    def document(self) -> Document:
        """Give the shape in which it is kept."""
        return {
            "_id": self.id,
            "ticket": self.ticket,
            "version": self.version,
            "processUid": self.process,
            "type": self.type,
            "sentDate": self.received,
            "body": self.body,
            "traceparent": self.traceparent,
            "attempt": self.attempt,
        }


@dataclass(slots=True)
class _Waiting:
    event: NewEvent
    written: "asyncio.Future[bool]"
    """Whether the key was free. An exception in here would be a cycle, with the ticket's lock in it until collected."""


class EventStore:
    """Appends events and reads a ticket's; `write` must run for appends to be acknowledged.

    Callers append one event per ticket at a time: an unordered group could lose a ticket's first and keep its second.
    """

    def __init__(self, db: Database) -> None:
        self._events = db.events
        self._queue: deque[_Waiting] = deque()
        self._queued = asyncio.Event()

    async def append(self, event: NewEvent) -> None:
        """Return once `event` is durable; raises `ConflictError` or `OverloadedError`.

        There is no other end while MongoDB is away: the caller bounds the wait. Whether the event of an append that
        was given up is written is not known; one that was still queued is not.
        """
        if len(self._queue) >= QUEUE:
            raise OverloadedError
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        APPEND_QUEUE.set(len(self._queue))
        self._queued.set()
        if not await waiting.written:
            raise ConflictError

    async def write(self) -> None:
        """Insert what queued while the previous insert was in flight, until cancelled."""
        while True:
            await self._queued.wait()
            group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            if not self._queue:
                self._queued.clear()
            APPEND_QUEUE.set(len(self._queue))
            APPENDED_TOGETHER.observe(len(group))
            await self._insert(group)

    async def _insert(self, group: list[_Waiting]) -> None:
        """Insert a group, again and again while it is not known what became of it and somebody still waits."""
        tried = False
        while group := [waiting for waiting in group if not waiting.written.done()]:
            try:
                with APPEND_SECONDS.time():
                    await self._events.insert_many([waiting.event.document() for waiting in group], ordered=False)
            except BulkWriteError as partly:
                group = await self._settle(group, partly, tried=tried)
            except PyMongoError as away:
                log.warning("append_unsettled", events=len(group), reason=told(away))
            else:
                _conclude(group)
                return
            tried = True
            if group:
                await asyncio.sleep(RETRY_SECONDS)

    async def _settle(self, group: list[_Waiting], partly: BulkWriteError, *, tried: bool) -> list[_Waiting]:
        """Tell each caller what became of its event, and return those of whom that is not known yet."""
        if partly.details.get("writeConcernErrors"):
            log.warning("append_unsettled", events=len(group), reason=told(partly))
            return group
        refused = {problem["index"]: problem for problem in partly.details["writeErrors"]}
        _conclude([waiting for position, waiting in enumerate(group) if position not in refused])
        taken = [group[position] for position, problem in refused.items() if problem["code"] == DUPLICATE_KEY]
        unsettled = [group[position] for position, problem in refused.items() if problem["code"] != DUPLICATE_KEY]
        try:
            own = await self._own(taken) if tried else []
        except PyMongoError as away:
            log.warning("append_unsettled", events=len(taken), reason=told(away))
            return [*taken, *unsettled]
        _conclude(own)
        _refuse(taken)
        return unsettled

    async def _own(self, taken: list[_Waiting]) -> list[_Waiting]:
        """Tell whose key is taken by an earlier try of the same append, whose answer was lost."""
        keys = [waiting.event.id for waiting in taken]
        documents = await self._events.find({"_id": {"$in": keys}}, {"attempt": 1}).to_list(len(keys))
        attempts = {document["_id"]: document["attempt"] for document in documents}
        return [waiting for waiting in taken if attempts.get(waiting.event.id) == waiting.event.attempt]

    async def read(self, ticket: str, after: int) -> list[tuple[int, bytes]]:
        """Give version and body of the ticket's events beyond version `after`, in order and without a gap."""
        found: list[tuple[int, bytes]] = []
        width = TAIL
        while True:
            first = after + len(found) + 1
            keys = [f"{ticket}:{version}" for version in range(first, first + width)]
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
        )
    for waiting in group:
        if not waiting.written.done():
            waiting.written.set_result(True)


def _refuse(group: list[_Waiting]) -> None:
    for waiting in group:
        if not waiting.written.done():
            waiting.written.set_result(False)
