"""Windows of the event feed: the time span that a poller asks for, and the events in it.

A window has two parts. The first are late events with a second date in the window: they were sent before the window, so
they come first in the order of `sentDate`. The second are the events sent in the window. Each part has its own index,
which also serves pages far down. Only late events are sorted.

The second part does not change once the window is closed. A late event may still come into the first part. It moves the
events after it by one place, so a reader between two pages sees one event twice.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.gateway.parameters.filters import Filter
from services.gateway.parameters.query import BadParameterError, Query, Together, checked
from services.gateway.views.feed_places import INSTANT
from shared.clock import instant, wire
from shared.contract.scalars import in_utc
from shared.read_model import index_names
from shared.read_model.index_names import JournalIndex

AHEAD = timedelta(seconds=10)
"""How far in the future a window may end. The request then waits for its end (decision 0018)."""
LAST_EVENT_ID = "Last-Event-ID"
"""Header with the last id of an earlier stream. A browser sends it when it connects again."""
LONGEST_AWAY = timedelta(days=7)
"""How far in the past a stream may begin."""

_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class WindowPart(NamedTuple):
    """A part of a window: the filter on `journal` for its events, and the index that finds only these."""

    filter: Filter
    index_name: JournalIndex


@dataclass(frozen=True, slots=True)
class Window:
    """A time span that includes both ends. It is empty when it ends before it begins."""

    first: datetime
    last: datetime

    @property
    def query(self) -> bytes:
        """Return the query of this window, which is the same one whenever it is asked for."""
        return f"from={wire(self.first)}&to={wire(self.last)}".encode()

    def parts(self) -> tuple[WindowPart, WindowPart]:
        """Return the late events with a second date in the window, then the events sent in the window."""
        span = {"$gte": self.first, "$lte": self.last}
        return WindowPart({"late": span, "sent": {"$lt": self.first}}, index_names.DATED), WindowPart(
            {"sent": span}, index_names.SENT
        )


def read_window(query: Query, now: datetime) -> Window:
    """Read `from` and `to` of a request that arrived at `now`; raises `BadParameterError`.

    A `to` up to `AHEAD` in the future is kept, and the request waits for it. A later `to` is replaced by `now`. If
    `from` is later than `now`, the window is empty, and a poller that continues from its end misses no event.
    """
    with Together() as together:
        first = together.read(_EARLIEST, _instant, query, "from")
        last = together.read(_LATEST, _instant, query, "to")
        if last < first:
            together.refuse("Parameter to must not be before from.")
    return Window(first, last if last - now <= AHEAD else now)


def read_start(query: Query, last_event_id: str | None, now: datetime) -> datetime | None:
    """Read the instant behind which a stream begins; None when the request has neither `Last-Event-ID` nor `from`.

    `last_event_id` is the value of that header. It counts more: a browser that connects again sends both. Raises
    `BadParameterError` for instants that cannot be read, are too old or in the future.
    """
    if last_event_id and last_event_id.strip():
        name = f"Header {LAST_EVENT_ID}"
        try:
            start = instant(in_utc(last_event_id.strip()))
        except ValueError as reason:
            raise BadParameterError(f"{name} {reason}.") from None
        return _recent(name, start, now)
    if query.one("from") is None:
        return None
    return _recent("Parameter from", _instant(query, "from"), now) - INSTANT  # what was sent then is streamed


def _recent(name: str, start: datetime, now: datetime) -> datetime:
    if start < now - LONGEST_AWAY:
        days = LONGEST_AWAY.days
        raise BadParameterError(
            f"{name} is more than {days} days ago; read the feed, and begin at its last Feed-Until."
        )
    if start > now + AHEAD:
        raise BadParameterError(f"{name} is in the future.")
    return start


def _instant(query: Query, name: str) -> datetime:
    value = query.one(name)
    if value is None:
        raise BadParameterError(f"Parameter {name} is missing; it is a date and time, as 2016-08-25T16:51:23.000Z.")
    return instant(checked(name, _in_utc, value))


def _in_utc(value: str) -> str:
    try:
        return in_utc(value)
    except ValueError as reason:
        if " " not in value:
            raise
        raise ValueError(f"{reason}; a + in a query is a space, write it as %2B") from None
