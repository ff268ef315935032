"""Guesses of the month in which a page begins, from earlier counts. Pure, except for what it remembers.

A page far down a list is found with the day counters of one month. The month is known only after the months are
counted. A right guess saves a second query. A wrong guess only reads the days of a month for nothing.
"""

from datetime import date

from services.gateway.views.counters import Counters, Created, month_of, position_of
from shared.lru import LruCache

MOST = 1_000
"""Number of selections that are remembered; the most recent ones."""


class Guesses:
    """Remembers for each selection how many tickets its months had when they were last counted."""

    def __init__(self, most: int = MOST) -> None:
        self._counts: LruCache[Counters, Created] = LruCache(most)

    def month_at(self, counters: Counters, number: int) -> frozenset[date]:
        """Return the month that ticket `number` is likely in; empty when nothing is known."""
        counts = self._counts.get(counters) or {}
        return frozenset([month_of(position_of(counts, number).day)]) if number < sum(counts.values()) else frozenset()

    def learn(self, counters: Counters, counts: Created) -> None:
        """Remember these counts."""
        self._counts.put(counters, counts)
