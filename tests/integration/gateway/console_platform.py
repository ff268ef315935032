"""A gateway whose console has tickets to show: ordinary ones, and some with hostile texts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.clock import utc_now, wire
from tests.integration.gateway.gateway_platform import Platform, platform_on
from tests.integration.gateway.known_tickets import ENTRIES
from tests.support.console import HOSTILE, life_with
from tests.support.data.batches import Batches
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.data.tickets import AT_NORTH, Stored, stored, ticket_uid
from tests.support.engines.chosen_engines import Engines

PLAIN, FIRST_HOSTILE, LONG, CLOSED_LATER = 500, 501, 600, 700
JUNE = "2018-06-02T22:30:00.000Z"
OF_NORTH, OF_SOUTH = range(1, 41), range(41, 71)
PAGES = ("/tickets", f"/tickets/{ticket_uid(1)}", "/statistics", "/platform")
EVERYTHING: dict[str, Any] = {"kind": "everything"}
SCOPES: dict[str, dict[str, Any]] = {
    "all": EVERYTHING,
    "north": {"kind": "agencies", "uids": [NORTH]},
    "reader": EVERYTHING,
    "park": {"kind": "patrimonies", "uids": [PARK]},
}


def ordinary(number: int, now: datetime) -> list[Stored]:
    """Return a ticket of an hour each, at one of two agencies; every fourth one is closed."""
    created = wire(now - timedelta(hours=number))
    place = {"agencyUid": NORTH if number in OF_NORTH else SOUTH, "locationReferenceType": "AgencyLocation"}
    opening = {"locationRef": place, "openedDate": created, "sentDate": created}
    life = [stored(ticket_uid(number), 1, "TicketOpened", **opening)]
    if number % 4 == 0:
        life.append(stored(ticket_uid(number), 2, "TicketCancelled", date=created, sentDate=created))
    return life


@asynccontextmanager
async def console_on(engines: Engines, folder: Path) -> AsyncIterator[Platform]:
    """Run a gateway with seventy ordinary tickets, and old ones with texts that try to break a page."""
    async with platform_on(engines, folder, entries=ENTRIES, scopes=SCOPES) as platform:
        await platform.db.users.update_one({"login": "reader"}, {"$set": {"role": "reader"}})
        now, old = utc_now(), "2020-01-01T08:00:00.000Z"
        lives = [ordinary(number, now) for number in (*OF_NORTH, *OF_SOUTH)]
        lives.append(life_with(ticket_uid(PLAIN), "plain", old))
        lives += [life_with(ticket_uid(FIRST_HOSTILE + number), text, old) for number, text in enumerate(HOSTILE)]
        batches = Batches(platform.db, ENTRIES)
        await batches.apply([event for life in lives for event in life])
        await batches.apply(life_with(ticket_uid(LONG), "long " * 40_000, "2019-01-01T08:00:00.000Z"))
        opening = {"locationRef": AT_NORTH, "openedDate": "2018-05-01T08:00:00.000Z"}
        opened = stored(ticket_uid(CLOSED_LATER), 1, "TicketOpened", **opening)
        await batches.apply([opened, stored(ticket_uid(CLOSED_LATER), 2, "TicketCancelled", date=JUNE)])
        await batches.close_feed(datetime(9999, 1, 1, tzinfo=UTC))
        yield platform
