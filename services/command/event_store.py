"""The event store: one document per event in MongoDB, appended in groups, where a unique key checks concurrency.

`_id` is `<ticket uid>:<version>`, so two writers can not both append a version; a second unique key on ticket and
processUid makes a command count once (design, Write side).
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from shared.mongo import Binary, BulkWriteError, Database, Document, PyMongoError
from shared.telemetry import logger

GROUP = 500
"""Most events in one insert."""
QUEUE = 2_000
"""Most events waiting for an insert; beyond it, callers are turned away at once."""
ACKNOWLEDGED_WITHIN = 5.0
"""Seconds that an append waits before it gives up."""
TAIL = 16
"""Events asked for at first when a tail is read; doubled while there are more."""
DUPLICATE_KEY = 11_000

log = logger(__name__)


class ConflictError(Exception):
    """The version or the processUid is taken: whoever decided did not know the ticket's latest events."""


class UnavailableError(Exception):
    """The event could not be made durable in time; whether it was written is not known."""


class OverloadedError(Exception):
    """Too many events are waiting to be written; this one was not taken."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append: `body` is the JSON that is answered, kept and published."""

    ticket: str
    version: int
    process: str
    type: str
    received: datetime
    body: bytes

    def document(self) -> Document:
        """Give the shape in which it is kept."""
        return {
            "_id": f"{self.ticket}:{self.version}",
            "ticket": self.ticket,
            "version": self.version,
            "processUid": self.process,
            "type": self.type,
            "sentDate": self.received,
            "body": Binary(self.body),
        }


@dataclass(slots=True)
class _Waiting:
    event: NewEvent
    written: "asyncio.Future[None]"


class EventStore:
    """Appends events and reads a ticket's; `write` must run for appends to be acknowledged.

    Callers append one event per ticket at a time: an unordered group could lose a ticket's first and keep its second.
    """

    def __init__(self, db: Database) -> None:
        self._events = db.events
        self._queue: deque[_Waiting] = deque()
        self._queued = asyncio.Event()

    async def append(self, event: NewEvent) -> None:
        """Return once `event` is durable; raises `ConflictError`, `UnavailableError` or `OverloadedError`."""
        if len(self._queue) >= QUEUE:
            raise OverloadedError
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued.set()
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                await waiting.written
        except TimeoutError as late:
            raise UnavailableError from late

    async def write(self) -> None:
        """Insert what queued while the previous insert was in flight, until cancelled."""
        while True:
            await self._queued.wait()
            group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            if not self._queue:
                self._queued.clear()
            group = [waiting for waiting in group if not waiting.written.done()]
            if group:
                await self._insert(group)

    async def _insert(self, group: list[_Waiting]) -> None:
        failures: dict[int, Exception] = {}
        try:
            await self._events.insert_many([waiting.event.document() for waiting in group], ordered=False)
        except BulkWriteError as partly:
            failures = _failures(partly, len(group))
        except PyMongoError as away:
            log.error("append_failed", events=len(group), reason=str(away))
            failures = dict.fromkeys(range(len(group)), UnavailableError(str(away)))
        for position, waiting in enumerate(group):
            if waiting.written.done():
                continue
            if failure := failures.get(position):
                waiting.written.set_exception(failure)
            else:
                waiting.written.set_result(None)

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


def _failures(partly: BulkWriteError, size: int) -> dict[int, Exception]:
    """Tell what became of each event of a group; an event that no error names is written unless durability failed."""
    details = partly.details
    if details.get("writeConcernErrors"):
        log.error("append_not_durable", events=size, reason=str(details["writeConcernErrors"]))
        return dict.fromkeys(range(size), UnavailableError("a majority did not acknowledge in time"))
    return {
        problem["index"]: ConflictError() if problem["code"] == DUPLICATE_KEY else UnavailableError(problem["errmsg"])
        for problem in details["writeErrors"]
    }
