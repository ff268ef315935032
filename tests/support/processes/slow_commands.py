"""`python -m tests.support.processes.slow_commands`: the command service with a slow MongoDB and a wrong clock.

The rest is the real service: only the clock and the event store in its composition root are replaced.
"""

import asyncio
from datetime import datetime, timedelta
from itertools import cycle
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from services.command import app
from services.command.event_store import EventStore
from shared.clock import utc_now
from shared.mongo import Collection, Database, Document
from shared.process.lifecycle import read_settings, run
from shared.process.settings import ServiceSettings

UNDER_WAY = "an insert is under way for"
"""Printed before each insert, followed by the delay in seconds."""
DELAYS = (0.9, 0.1, 0.7, 0.0, 0.8, 0.4, 0.9, 0.2, 0.6)
"""Seconds by which the inserts are delayed, in turn."""


class SlowSettings(ServiceSettings):
    """The settings of a service, and the seconds by which its clock is ahead (negative: behind)."""

    clock: float


class SlowEvents:
    """The collection of events with delayed inserts; the documents are fixed before the delay."""

    def __init__(self, events: Collection) -> None:
        self._events = events
        self._delays = cycle(DELAYS)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)

    async def insert_many(self, documents: list[Document], **options: Any) -> Any:
        delay = next(self._delays)
        print(UNDER_WAY, delay, flush=True)
        await asyncio.sleep(delay)
        return await self._events.insert_many(documents, **options)


def slow_store(db: Database) -> EventStore:
    return EventStore(cast("Database", SimpleNamespace(events=SlowEvents(db.events))))


if __name__ == "__main__":
    settings = read_settings(SlowSettings)

    def clock() -> datetime:
        return utc_now() + timedelta(seconds=settings.clock)

    with patch.multiple(app, EventStore=slow_store, utc_now=clock):
        run(lambda: app.serve_commands(settings))
