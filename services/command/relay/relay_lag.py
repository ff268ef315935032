"""The lag of the relay: how long events have waited to be published, as every command service sees it.

The age of a waiting event is the time since its date, or the time since this process first saw it. The longer one
counts. So neither a clock that was set back nor a date in the future hides an event.
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime
from time import monotonic

from shared.clock import utc_now
from shared.mongo import Database, Document, PyMongoError, changes
from shared.storage.event_document import event_id
from shared.storage.publication import NotInitialisedError, read_publication
from shared.telemetry import logger
from shared.telemetry.failures import describe

LOOK_SECONDS = 5.0
WAIT_MS = 10
INSERTED: list[Document] = [
    {"$match": {"operationType": "insert"}},
    {"$project": {"fullDocument._id": 1, "fullDocument.sentDate": 1}},
]

log = logger(__name__)


class RelayLag:
    """Looks every few seconds for events after the publication position. Keep `watch` running."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen: dict[str, float] = {}
        """The monotonic time at which each waiting event was first seen here."""
        self._age = 0.0
        self._looked = monotonic()
        self._scanned: tuple[Document, Document] | None = None
        """A stream position of the relay, and a later one; no event lies between them."""

    @property
    def seconds(self) -> float:
        """Return the age of the oldest unpublished event, 0 for none; it grows while looking fails."""
        return self._age + max(0.0, monotonic() - self._looked - LOOK_SECONDS)

    async def watch(self) -> None:
        """Look until cancelled; while MongoDB does not answer, the age grows."""
        while True:
            try:
                await self.look()
            except (NotInitialisedError, PyMongoError) as unknown:
                log.warning("backlog_unknown", kind=type(unknown).__name__, reason=describe(unknown))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once; raises `NotInitialisedError` or `PyMongoError`."""
        self.note(await self._waiting(), utc_now(), monotonic())

    def note(self, waiting: Mapping[str, datetime], now: datetime, moment: float) -> None:
        """Note the dates of the waiting events, by id; `moment` is the time `now` on the monotonic clock."""
        self._seen = {name: self._seen.get(name, moment) for name in waiting}
        ages = (max((now - sent).total_seconds(), moment - self._seen[name]) for name, sent in waiting.items())
        self._age, self._looked = max(ages, default=0.0), moment

    async def _waiting(self) -> dict[str, datetime]:
        """Return the dates of withheld events, the refill, and the first event after the publication position."""
        publication = await read_publication(self._db)
        waiting = {event_id(ticket, event.version): event.sent for ticket, event in publication.withheld.items()}
        if publication.refill:
            began = publication.start_at.as_datetime()
            return waiting | {f"refill of {began}": began}
        first = await self._first_behind(publication.stream_position)
        return waiting | ({first["_id"]: first["sentDate"]} if first else {})

    async def _first_behind(self, position: Document) -> Document | None:
        """Return the first event that was stored after `position`, or None."""
        known = self._scanned[1] if self._scanned and self._scanned[0] == position else position
        following = changes(self._db.events, INSERTED, position=known, group=1, wait_ms=WAIT_MS)
        async with aclosing(following):
            async for inserted, token in following:
                if inserted:
                    event: Document = inserted[0]["fullDocument"]
                    return event
                self._scanned = (position, {"resumeAfter": token})
                return None
        return None
