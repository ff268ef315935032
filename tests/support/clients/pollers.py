"""Pollers of the event feed. Each continues from its last `Feed-Until`. At the end, their events are checked."""

import asyncio
import json
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from shared.clock import instant, utc_now, wire
from shared.mongo import Database

FEED = "/api/vEvent/tickets"
PAGE = 100
ASKED_AGAIN = 0.1
"""Seconds until a window that was answered with 503 is requested again."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """The events of one window, all pages; `grew` when a later page reported more events than the first."""

    first: datetime
    last: datetime
    events: list[Event]
    grew: bool


@dataclass(slots=True)
class Poller:
    """A poller: requests one window after the other, each up to its own clock's now, `pace` seconds apart."""

    client: aiohttp.ClientSession
    cookie: str
    pace: float
    at: datetime
    """Start of the next window."""
    clock: float = 0.0
    """Seconds by which the poller's clock is ahead."""
    windows: list[Window] = field(default_factory=list)
    refused: int = 0
    """Number of answers 503, because a window was not closed in time."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def poll(self) -> None:
        """Poll until `enough` is set, and then once more."""
        last_time = False
        while not last_time:
            last_time = self.enough.is_set()
            now = utc_now() + timedelta(seconds=self.clock)
            self.windows.append(await self.window(self.at, max(now, self.at)))
            self.at = self.windows[-1].last
            if not last_time:
                await asyncio.sleep(self.pace)

    async def window(self, first: datetime, last: datetime) -> Window:
        """Read all pages of a window, as many as the latest page announces; `last` may be in the future."""
        events: list[Event] = []
        totals: list[int] = []
        while not totals or len(events) < totals[-1]:
            page, total, last = await self._page(first, last, len(events))
            events += page
            totals.append(total)
        return Window(first, last, events, grew=totals[-1] > totals[0])

    async def _page(self, first: datetime, last: datetime, start: int) -> tuple[list[Event], int, datetime]:
        """Read a page; return its events, the window's total, and the time up to which it is complete."""
        asked = {"from": wire(first), "to": wire(last), "range": f"{start}-{start + PAGE - 1}"}
        while True:
            async with self.client.get(FEED, params=asked, headers={"Cookie": self.cookie}) as answer:
                body = await answer.read()
                if answer.status != 503:
                    assert answer.status in (200, 206), body
                    total = int(answer.headers["Content-Range"].rpartition("/")[2])
                    return json.loads(body)["events"], total, instant(answer.headers["Feed-Until"])
            self.refused += 1
            await asyncio.sleep(ASKED_AGAIN)

    def faults(self, stored: Mapping[str, Event], late: Container[str]) -> Iterator[str]:
        """Yield the faults of the collected events: different from the store, missing, or seen too often.

        `stored` has the events to collect by processUid; `late` names those applied after their window was closed.
        """
        collected = [event for window in self.windows for event in window.events]
        seen = Counter(event["processUid"] for event in collected)
        yield from (f"{process} was never seen" for process in stored.keys() - seen.keys())
        for event in collected:
            if stored.get(event["processUid"]) != event:
                yield f"{event} is not what is stored"
        for process, event in stored.items():
            if seen[process] > self._times(event, late):
                yield f"{process} was seen {seen[process]} times"

    def _times(self, event: Event, late: Container[str]) -> int:
        """Return how often an event may be seen: once per window that contains its date, and for its late date."""
        sent = instant(event["sentDate"])
        holding = [window for window in self.windows if window.first <= sent <= window.last]
        times = len(holding) + sum(window.grew for window in holding)
        return times + (2 if event["processUid"] in late else 0)


async def stored_events(db: Database, *agencies: str) -> dict[str, Event]:
    """Return the stored events by processUid; with `agencies`, only of tickets that were opened there."""
    documents = await db.events.find({}, {"ticket": 1, "processUid": 1, "body": 1}).sort("version", 1).to_list(None)
    events = {document["processUid"]: json.loads(document["body"]) for document in documents}
    if not agencies:
        return events
    placed = {
        event["aggregateUid"]
        for event in events.values()
        if event["eventType"] == "TicketOpened" and event["locationRef"]["agencyUid"] in agencies
    }
    return {process: event for process, event in events.items() if event["aggregateUid"] in placed}


async def late_events(db: Database) -> dict[str, float]:
    """Return the late events by processUid, each with the seconds from its first to its second date."""
    lines = await db.journal.find({"late": {"$type": "date"}}, {"sent": 1, "late": 1, "event": 1}).to_list(None)
    return {json.loads(line["event"])["processUid"]: (line["late"] - line["sent"]).total_seconds() for line in lines}
