"""The order of a stream: every event has one place, and a stream that goes on from a place misses none behind it.

An event's date here is its second date if it was late, else its `sentDate`. A window that is closed gets no more events
with such a date: an event that is applied later gets a second date behind the window. So, in contrast to the windows
that pollers ask for, the windows of a stream do not overlap: each begins behind the last date of the one before.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from services.gateway.parameters.filters import Filter
from shared.read_model import index_names
from shared.read_model.index_names import JournalIndex

LATE, SENT, BEHIND = range(3)
"""At each date, the late events come first, then those sent at that time. `BEHIND` is the place after all of them."""
INSTANT = timedelta(milliseconds=1)
"""The smallest difference between two dates."""
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)

Event = TypeVar("Event", bound=Mapping[str, Any])
"""An event's document in `journal`."""


class Place(NamedTuple):
    """A place in the order of a stream: that of an event, or the one behind all events of a date."""

    date: datetime
    part: int
    sent: datetime = NO_DATE
    ticket: str = ""
    version: int = 0

    @property
    def complete(self) -> datetime | None:
        """Return the date up to which all events are before this place, if the place is behind all events of a date."""
        return self.date if self.part == BEHIND else None


class PartBehind(NamedTuple):
    """The events behind a place in one index of `journal`: their filter, and the least key in the index, if any."""

    filter: Filter
    index_name: JournalIndex
    least: tuple[tuple[str, Any], ...] = ()


def behind(date: datetime) -> Place:
    """Return the place behind all events of `date`."""
    return Place(date, BEHIND)


def place_of(event: Mapping[str, Any]) -> Place:
    """Return the place of an event, given its document in `journal`."""
    late, sent = event.get("late"), event["sent"]
    date, part = (sent, SENT) if late is None else (late, LATE)
    return Place(date, part, sent, event["ticket"], event["version"])


def parts_behind(place: Place, last: datetime) -> tuple[PartBehind, PartBehind]:
    """Return the late and the other events behind `place`, up to the date `last`."""
    late = {"late": {"$gte" if place.part == LATE else "$gt": place.date, "$lte": last}}
    sent = {"sent": {"$gt" if place.part == BEHIND else "$gte": place.date, "$lte": last}, "late": {"$exists": False}}
    least = (("sent", place.sent), ("ticket", place.ticket), ("version", place.version + 1))
    return (
        PartBehind(late, index_names.DATED, (("late", place.date), *least) if place.part == LATE else ()),
        PartBehind(sent, index_names.SENT, least if place.part == SENT else ()),
    )


def taken(
    found: Sequence[Event],
    last: datetime,
    *,
    count: int,
    size: int,
    length: Callable[[Event], int],
) -> tuple[int, Place]:
    """Return how many of the events `found` make a portion, and the place where the next portion goes on.

    `found` are the next events in their order: all up to the date `last`, or the first `count` + 1 at least. A portion
    has at most `count` events, and `size` bytes by `length` unless its only event is longer. It ends behind all events
    of a date if it can: only when more events than that have the same date, it ends between two of them.
    """
    number = total = 0
    while number < min(len(found), count) and (not number or total + length(found[number]) <= size):
        total += length(found[number])
        number += 1
    if number == len(found):
        return number, behind(last)
    before = place_of(found[number]).date - INSTANT
    whole = number
    while whole and place_of(found[whole - 1]).date > before:
        whole -= 1
    return (whole, behind(before)) if whole else (number, place_of(found[number - 1]))
