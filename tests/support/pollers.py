"""Pollers of the event feed, each going on from its last `to`, and what they must have collected in the end."""

import asyncio
import json
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from shared.clock import instant, utc_now, wire
from shared.mongo import Database

FEED = "/api/vEvent/tickets"
PAGE = 100
ASKED_AGAIN = 0.1
"""Seconds until a window that was refused for now is asked for again."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """What a poller got of a span of time, page after page; `grew` when one page told of more events than the last."""

    first: datetime
    last: datetime
    events: list[Event]
    grew: bool


@dataclass(slots=True)
class Poller:
    """Asks for one window after the other, each up to now, with `pace` seconds between them."""

    client: aiohttp.ClientSession
    cookie: str
    pace: float
    at: datetime
    """Where the next window begins."""
    windows: list[Window] = field(default_factory=list)
    refused: int = 0
    """How often a window was not closed in time."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def poll(self) -> None:
        """Poll until there is `enough`, and then once more."""
        last_time = False
        while not last_time:
            last_time = self.enough.is_set()
            first, self.at = self.at, utc_now()
            self.windows.append(await self.window(first, self.at))
            if not last_time:
                await asyncio.sleep(self.pace)

    async def window(self, first: datetime, last: datetime) -> Window:
        """Get all pages of a window, as many as the latest page says that there are."""
        events: list[Event] = []
        totals: list[int] = []
        while not totals or len(events) < totals[-1]:
            page, total = await self._page(first, last, len(events))
            events += page
            totals.append(total)
        return Window(first, last, events, grew=totals[-1] > totals[0])

    async def _page(self, first: datetime, last: datetime, start: int) -> tuple[list[Event], int]:
        asked = {"from": wire(first), "to": wire(last), "range": f"{start}-{start + PAGE - 1}"}
        while True:
            async with self.client.get(FEED, params=asked, headers={"Cookie": self.cookie}) as answer:
                body = await answer.read()
                if answer.status != 503:
                    assert answer.status in (200, 206), body
                    return json.loads(body)["events"], int(answer.headers["Content-Range"].rpartition("/")[2])
            self.refused += 1
            await asyncio.sleep(ASKED_AGAIN)

    def faults(self, stored: Mapping[str, Event], late: Container[str]) -> Iterator[str]:
        """Tell what was collected that is not so in the store, missing, or there twice without a reason.

        `stored` has the events to collect, by processUid; `late` are those that came after their window was closed.
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
        """Tell how often an event may be seen: once in each window that holds it, the one of its late date included."""
        sent = instant(event["sentDate"])
        holding = [window for window in self.windows if window.first <= sent <= window.last]
        times = len(holding) + sum(window.grew for window in holding)
        return times + (2 if event["processUid"] in late else 0)


async def stored_events(db: Database, *agencies: str) -> dict[str, Event]:
    """Give all events of the store by processUid, of tickets that were opened at one of `agencies` if any are named."""
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
    """Give by processUid the events that came after their window was closed, with the seconds to their second date."""
    lines = await db.journal.find({"late": {"$type": "date"}}, {"sent": 1, "late": 1, "event": 1}).to_list(None)
    return {json.loads(line["event"])["processUid"]: (line["late"] - line["sent"]).total_seconds() for line in lines}
