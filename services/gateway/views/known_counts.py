"""Counts of created tickets that were read before. Pure, except for what it remembers.

They hold for every snapshot with the same checkpoints. For a later snapshot they are a guess: a page far down a list
is found with the day counters of one month, and that month is known only after the months are counted. A right guess
saves a second query. A wrong guess only reads the days of a month for nothing.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from services.gateway.views.counters import Counters, Created, NewestFirst, month_of
from shared.lru import LruCache

MOST = 1_000
"""Number of selections that are remembered; the most recent ones."""
MOST_DAYS = 100_000
"""Days and months of all of them that have a count."""

LONGEST = 4_000
"""Most letters that the values of a remembered selection have together. A query may have 64 KiB."""
WIDEST = 1_000
"""Most agencies or patrimonies that are visible in a remembered selection. A scope may have thousands."""


@dataclass(frozen=True)
class Counted:
    """Numbers of tickets in snapshots with the same `applied`, by day in `months`, else by month."""

    created: Created
    months: frozenset[date]
    applied: Hashable

    @cached_property
    def in_order(self) -> NewestFirst:
        """Return the tickets in the order of lists."""
        return NewestFirst(self.created)


class KnownCounts:
    """Remembers for each selection how many tickets it had when they were last counted."""

    def __init__(self, most: int = MOST, days: int = MOST_DAYS) -> None:
        self._known: LruCache[Counters, Counted] = LruCache(most, size=days, size_of=lambda known: len(known.created))

    def of(self, counters: Counters, applied: Hashable) -> Counted | None:
        """Return the counts for snapshots in which this is `applied`; None when they have to be read."""
        known = self._known.use(counters)
        return known if known and known.applied == applied else None

    def month_at(self, counters: Counters, number: int) -> frozenset[date]:
        """Return the month that ticket `number` is likely in; empty when nothing is known."""
        known = self._known.get(counters)
        if known is None or number >= known.in_order.total:
            return frozenset()
        return frozenset([month_of(known.in_order.position_of(number).day)])

    def learn(self, counters: Counters, counted: Counted) -> None:
        """Remember these counts, unless the selection or what is visible in it would take much memory."""
        if sum(map(len, counters.values)) <= LONGEST and len(counters.visible.uids) <= WIDEST:
            self._known.put(counters, counted)
