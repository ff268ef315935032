"""Counts by day of several months, which requests read at the same time."""

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from services.gateway.views.counters import Counters
from services.gateway.views.finder import Finder
from services.gateway.views.known_counts import Counted
from shared.mongo import Database, Document, Session

MARCH, APRIL, MAY = (date(2016, month, 1) for month in (3, 4, 5))
DAY_OF_MARCH = date(2016, 3, 26)


class Stats:
    """The collection of counters, whose reads end with `go`. What they find does not matter here."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    def find(self, *_query: Any, **_options: Any) -> "Stats":
        return self

    async def to_list(self, _length: None) -> list[Document]:
        await self.go.wait()
        return []


async def test_no_days_are_lost_to_another_request_that_knows_fewer() -> None:
    stats, session = Stats(), cast("Session", None)
    finder = Finder(cast("Database", SimpleNamespace(stats=stats)))
    by_month = Counted({MARCH: 3, APRIL: 4, MAY: 5}, frozenset(), 1)
    with_march = Counted({DAY_OF_MARCH: 3, APRIL: 4, MAY: 5}, frozenset([MARCH]), 1)
    first = asyncio.create_task(finder.with_days(Counters(), by_month, APRIL, session))
    second = asyncio.create_task(finder.with_days(Counters(), with_march, MAY, session))
    await asyncio.sleep(0)
    stats.go.set()
    assert (await first).months == {APRIL}
    assert (await second).months == {MARCH, MAY}
    assert (await second).created[DAY_OF_MARCH] == 3
