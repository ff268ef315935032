"""Statistics from counters, otherwise from tickets; the two differ here, so that tests see which one is used."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.projector.folds.day_counters import Cell, increments
from shared.clock import utc_now
from shared.mongo import Database
from shared.read_model.counter_layout import first_fields
from shared.read_model.local_days import local_day
from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, SOUTH
from tests.support.expected.views import move_a_checkpoint

STATS = "/api/v1/tickets/stats"
BOTH = f"{NORTH},{SOUTH}"

COUNTERS = {
    (0, Cell("none", "", "2016-05-26", "OPENED")): 10,
    (0, Cell("none", "", "2016-05-26", "CLOSED")): 1,
    (0, Cell("none", "", "2016-05-27", "OPENED")): 100,
    (7, Cell("none", "", "2016-05-26", "CLOSED")): 2,
    (0, Cell("none", "", "2016-06-01", "OPENED")): 1_000,
    (0, Cell("none", "", "2017-05-26", "OPENED")): 90_000,
    (0, Cell("agencies", NORTH, "2016-05-26", "OPENED")): 20,
    (0, Cell("agencies", BOTH, "2016-05-26", "OPENED")): 3,
    (0, Cell("agencies", SOUTH, "2016-05-26", "OPENED")): 400,
    (0, Cell("town", "evry", "2016-05-26", "OPENED")): 5,
    (0, Cell("town", "paris", "2016-05-26", "OPENED")): 50,
    (0, Cell("purpose", "leak", "2016-05-26", "OPENED")): 6,
}
TICKET = {
    "_id": "00000001-b7ca-18f6-d5f3-3dfbcbaee1a2",
    "version": 1,
    "created": datetime(2016, 5, 26, 10, tzinfo=UTC),
    "day": "2016-05-26",
    "status": "CLOSED",
    "agencies": [NORTH],
    "town": "evry",
    "purpose": "leak",
}


async def store(db: Database, counters: dict[tuple[int, Cell], int]) -> None:
    for place, fields in increments(counters).items():
        kept = {"$inc": fields, "$setOnInsert": first_fields(place)}
        await db.stats.update_one({"_id": place._asdict()}, kept, upsert=True)
    await move_a_checkpoint(db)


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    await store(platform.db, COUNTERS)
    await platform.db.tickets.insert_one(TICKET)
    yield
    await platform.db.tickets.delete_many({})
    await platform.db.stats.delete_many({})


async def shown(platform: Platform, query: str, login: str = "all") -> Any:
    answer = await platform.ask(STATS + query, login)
    assert answer.status == 200
    return json.loads(answer.body)


@pytest.mark.parametrize(
    ("query", "login", "count"),
    [
        ("", "all", 13),
        ("&range=zz&activeproviders=%zz&range=", "all", 13),
        ("&status=CLOSED", "all", 3),
        ("&location=EVRY", "all", 5),
        ("&location=Evry,Paris", "all", 55),
        ("&callpurpose=Leak", "all", 6),
        (f"&agency={NORTH}", "all", 23),
        (f"&agency={NORTH}&status=CLOSED", "all", 0),
        ("", "account", 23),
        (f"&agency={SOUTH}", "north", 3),
        ("", "nothing", 0),
        ("&location=Evry&callpurpose=leak", "all", 1),
        ("&location=Evry", "north", 1),
        ("", "park", 0),
    ],
)
async def test_statistics_use_counters_if_possible_and_else_tickets(
    platform: Platform, query: str, login: str, count: int
) -> None:
    view = await shown(platform, f"?from=2016-05-26&to=2016-05-26{query}", login)
    assert view["ticketCreationFrequency"] == {"byDay": count}


async def test_they_span_the_months_asked_for(platform: Platform) -> None:
    assert await shown(platform, "?from=2016-05-27&to=2016-06-05") == {
        "newTickets": {"lastSevenDays": 0, "lastMonth": 0, "currentMonth": 0},
        "ticketCreationFrequency": {"byDay": 110},
    }


async def test_without_days_statistics_begin_with_the_first_ticket(platform: Platform) -> None:
    view = await shown(platform, "?to=2016-06-03")
    assert view["ticketCreationFrequency"] == {"byDay": float(f"{1_113 / 9:.2f}")}


async def test_recent_days_are_counted_one_by_one(platform: Platform) -> None:
    today = local_day(utc_now())
    ages = {0: 1, 6: 10, 7: 100, 20: 1_000, 45: 10_000}
    created = {today - timedelta(days=age): count for age, count in ages.items()}
    place = {(3, Cell("town", "nice", day.isoformat(), "OPENED")): count for day, count in created.items()}
    await store(platform.db, place)
    view = await shown(platform, "?location=nice")
    assert view["newTickets"]["lastSevenDays"] == 11
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)

    def since(first: date, end: date) -> int:
        return sum(count for day, count in created.items() if first <= day < end)

    assert view["newTickets"]["currentMonth"] == since(month, date.max)
    assert view["newTickets"]["lastMonth"] == since(before, month)


async def test_a_ticket_of_the_last_hour_of_the_calendar_is_counted(platform: Platform) -> None:
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    late = TICKET | {
        "_id": "00000002-b7ca-18f6-d5f3-3dfbcbaee1a2",
        "created": last,
        "day": "9999-12-31",
        "town": "late",
    }
    await platform.db.tickets.insert_one(late)
    view = await shown(platform, "?location=late&callpurpose=leak&from=9999-12-31&to=9999-12-31")
    assert view["ticketCreationFrequency"] == {"byDay": 1}
