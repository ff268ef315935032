"""The end of the feed, read once for all streams of a gateway, and the portions before it that single streams need."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from typing import NamedTuple

from services.gateway.views.feed_places import PartBehind, Place, behind, parts_behind, place_of, taken
from services.gateway.views.snapshot import READ_MS, Snapshot, Snapshots
from services.gateway.views.stored_bytes import RenderedField
from shared.http.answers import SMALL_ANSWER
from shared.http.concurrency_limit import ConcurrencyLimit
from shared.mongo import ASCENDING, Database, Document, PyMongoError, Session
from shared.read_model import index_names
from shared.storage.schema import AS_SENT
from shared.telemetry import logger
from shared.telemetry.failures import describe

COUNT, SIZE = 100, SMALL_ANSWER
"""Most events of a portion, and most bytes of several."""
REMEMBERED, BYTES = 1_000, 4 * 1024 * 1024
"""Portions, and bytes of events, that are remembered for streams whose clients read slowly."""
LOOK_EVERY = 0.1
"""Seconds between two looks for windows that were closed. Projectors close them every half second, or earlier."""
RETRY_SECONDS = 1.0
"""Pause after MongoDB did not answer."""
ALONE, WAITED = 2, 5.0
"""Portions that are read at the same time for single streams, and the seconds that a stream waits for its turn."""
BUSY = "Too many streams read earlier events."

_ORDERS = {index_names.DATED: [("late", ASCENDING), *AS_SENT], index_names.SENT: list(AS_SENT)}

log = logger(__name__)


class StreamedEvent(NamedTuple):
    """An event: its place, its document in `journal` with the location, and its JSON."""

    place: Place
    document: Document
    text: bytes


class Portion(NamedTuple):
    """The next events of the feed, whoever may see them. A stream that has sent them goes on at `end`."""

    events: Sequence[StreamedEvent]
    end: Place


class FeedTail:
    """Follows the feed as long as there are streams, and remembers its last portions.

    One task looks for closed windows. A stream that keeps up takes portions from memory; it costs nothing while no
    event arrives. A stream that is further behind reads portions from MongoDB, until it has caught up.
    """

    def __init__(self, db: Database) -> None:
        self._snapshots = Snapshots(db)
        self._texts = RenderedField(db.journal, "event", READ_MS)
        self._alone = ConcurrencyLimit(ALONE, waiting=1_000, seconds=WAITED, refusal=BUSY)
        self._streams = 0
        self._task: asyncio.Task[None] | None = None
        self._portions: list[Portion] = []
        """Portions with events, one behind the other."""
        self._bytes = 0
        self._since: Place
        """Everything between this place and `_until` is in `_portions`."""
        self._until: Place
        self.news = asyncio.Event()
        """Set when there is another portion. Then there is a new event for the next one."""

    @contextmanager
    def followed(self, tip: Place) -> Iterator[None]:
        """Follow the feed during the block: from `tip` on, or from where it is if others follow it already."""
        if not self._streams:
            self._portions, self._bytes, self._since, self._until = [], 0, tip, tip
            self._task = asyncio.create_task(self._follow(), context=Context())  # not a part of the request's trace
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1
            if not self._streams and self._task:
                self._task.cancel()

    def remembers(self, place: Place) -> bool:
        """Return whether all events behind `place` are remembered. Raises the failure that ended the following."""
        if self._task and self._task.done():
            self._task.result()
        return place >= self._since

    def next_portion(self, place: Place) -> Portion | None:
        """Return the first remembered portion that ends behind `place`, or None when there is no event behind it."""
        number = bisect_right(self._portions, place, key=lambda portion: portion.end)
        return self._portions[number] if number < len(self._portions) else None

    def reached(self, place: Place) -> Place:
        """Return the latest place that has no closed event between `place` and itself."""
        return max(place, self._until) if self.remembers(place) and not self.next_portion(place) else place

    async def read_alone(self, place: Place) -> Portion:
        """Read the events behind `place` from MongoDB; raises `FullError` or `PyMongoError`."""
        async with self._alone:
            return await self._read(place)

    async def _follow(self) -> None:
        while True:
            try:
                pause = 0.0 if await self._look() else LOOK_EVERY
            except PyMongoError as away:
                log.warning("feed_unread", reason=describe(away))
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _look(self) -> bool:
        """Read the next portion, if more windows are closed. Return whether it had events: then there may be more."""
        if behind((await self._snapshots.progress()).closed_until) <= self._until:
            return False
        portion = await self._read(self._until)
        self._until = portion.end
        if portion.events:
            self._remember(portion)
        return bool(portion.events)

    def _remember(self, portion: Portion) -> None:
        self._portions.append(portion)
        self._bytes += _size(portion)
        while len(self._portions) > REMEMBERED or self._bytes > BYTES:
            forgotten = self._portions.pop(0)
            self._bytes -= _size(forgotten)
            self._since = forgotten.end
        self.news.set()
        self.news = asyncio.Event()

    async def _read(self, place: Place) -> Portion:
        return await self._snapshots.read(partial(self._read_in, place))

    async def _read_in(self, place: Place, snapshot: Snapshot) -> Portion:
        last = snapshot.progress.closed_until
        if behind(last) <= place:
            return Portion((), place)
        session = snapshot.session
        found = [event for part in parts_behind(place, last) for event in await self._find(part, session)]
        found.sort(key=place_of)
        number, end = taken(found, last, count=COUNT, size=SIZE, length=self._texts.length)
        events = found[:number]
        texts = await self._texts.read(events, session)
        return Portion(
            [StreamedEvent(place_of(event), event, text) for event, text in zip(events, texts, strict=True)], end
        )

    async def _find(self, part: PartBehind, session: Session) -> list[Document]:
        fields = self._texts.projection | dict.fromkeys(
            ("late", "sent", "ticket", "version", "agencies", "patrimony"), 1
        )
        cursor = self._texts.collection.find(part.filter, fields, session=session, max_time_ms=READ_MS)
        cursor.hint(part.index_name).sort(_ORDERS[part.index_name])
        if part.least:
            cursor.min(part.least)
        return await cursor.limit(COUNT + 1).to_list(COUNT + 1)


def _size(portion: Portion) -> int:
    return sum(len(event.text) for event in portion.events)
