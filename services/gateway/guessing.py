"""In which month a page is likely to begin, told from the pages before it. Pure, but for what it remembers.

A page deep in a list is found on counters by day of one month, which is only known once the months are counted. A
guess that is right saves that second look; a wrong one costs nothing but the days of a month in vain.
"""

from collections import OrderedDict
from datetime import date

from services.gateway.counting import Counters, Created, month_of, spot

MOST = 1_000
"""Selections that are remembered, those used last."""


class Guesses:
    """Remembers how the tickets of selections were spread over the months when they were counted last."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, Created] = OrderedDict()

    def month_at(self, kept: Counters, number: int) -> frozenset[date]:
        """Give the month in which ticket `number` is likely to stand, or none."""
        counts = self._counts.get(repr(kept), {})
        return frozenset([month_of(spot(counts, number).day)]) if number < sum(counts.values()) else frozenset()

    def learn(self, kept: Counters, counts: Created) -> None:
        """Remember what was counted."""
        self._counts[repr(kept)] = counts
        self._counts.move_to_end(repr(kept))
        while len(self._counts) > MOST:
            self._counts.popitem(last=False)
