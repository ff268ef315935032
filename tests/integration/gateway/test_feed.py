"""The feed: closed windows, late events, scopes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import utc_now
from shared.mongo import Database
from shared.topics import PARTITIONS
from tests.integration.gateway.running import Platform
from tests.support.directory import NORTH, PARK, SOUTH

FEED = "/api/vEvent/tickets"


def at(second: float) -> datetime:
    return datetime(2020, 5, 26, 8, tzinfo=UTC) + timedelta(seconds=second)


def event(ticket: str, version: int, sent: float, late: float | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "_id": f"{ticket}:{version}",
        "ticket": ticket,
        "version": version,
        "agencies": [NORTH],
        "sent": at(sent),
        **({} if late is None else {"late": at(late)}),
        "entry": None,
        "event": f'"{ticket}{version}"'.encode(),
    } | fields


def window(first: str, last: str, more: str = "") -> str:
    return f"{FEED}?from=2020-05-26T08:00:{first}Z&to=2020-05-26T08:00:{last}Z{more}"


@pytest.fixture(autouse=True)
async def views(platform: Platform) -> Database:
    """Events up to second 20; every partition is closed up to second 30."""
    db = platform.db
    await db.journal.delete_many({"sent": {"$gte": at(0)}})
    await db.journal.insert_many(
        [
            event("b", 1, 10),
            event("a", 1, 10),
            event("a", 2, 10),
            event("c", 1, 11, agencies=[SOUTH]),
            event("d", 1, 12, agencies=[NORTH, SOUTH], patrimony=PARK),
            event("e", 1, 13, late=25),
        ]
    )
    await db.checkpoints.delete_many({})
    await db.checkpoints.insert_many({"_id": number, "feedUntil": at(30)} for number in range(PARTITIONS))
    return db


@pytest.mark.parametrize(
    ("target", "login", "status", "content_range", "events"),
    [
        (window("00", "20"), "all", 200, "0-5/6", "a1 a2 b1 c1 d1 e1"),
        (window("00", "20", "&range=1-2"), "all", 206, "1-2/6", "a2 b1"),
        (window("00", "20", "&range=6-9"), "all", 206, "6-6/6", ""),
        (window("10", "11"), "all", 200, "0-3/4", "a1 a2 b1 c1"),
        (window("10.001", "10.999"), "all", 200, "0-0/0", ""),
        (window("14", "30"), "all", 200, "0-0/1", "e1"),
        (window("00", "20"), "north", 200, "0-4/5", "a1 a2 b1 d1 e1"),
        (window("00", "20"), "park", 200, "0-0/1", "d1"),
        (window("00", "20"), "nothing", 200, "0-0/0", ""),
    ],
)
async def test_a_closed_window_holds_what_was_sent_or_dated_into_it(
    platform: Platform, *, target: str, login: str, status: int, content_range: str, events: str
) -> None:
    answer = await platform.ask(target, login)
    assert (answer.status, answer.headers["Content-Range"]) == (status, content_range)
    assert answer.headers["Accept-Range"] == "100"
    assert answer.body == b'{"events":[' + ",".join(f'"{name}"' for name in events.split()).encode() + b"]}"


async def test_what_comes_after_its_window_was_answered_is_in_the_window_that_goes_on_from_there(
    platform: Platform, views: Database
) -> None:
    assert (await platform.ask(window("12", "30"))).body == b'{"events":["d1","e1"]}'
    await views.journal.insert_many([event("f", 1, 14, late=30.001), event("f", 2, 35)])
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": at(40)}})
    assert (await platform.ask(window("30", "40"))).body == b'{"events":["f1","f2"]}'
    assert (await platform.ask(window("30", "40", "&range=1-1"))).body == b'{"events":["f2"]}'
    assert (await platform.ask(window("12", "30"))).body == b'{"events":["d1","e1","f1"]}'


async def test_a_window_is_answered_when_the_last_partition_closes_it(platform: Platform, views: Database) -> None:
    await views.checkpoints.update_one({"_id": 11}, {"$set": {"feedUntil": at(5)}})
    waiting = asyncio.create_task(platform.ask(window("00", "20")))
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    assert not done
    await views.journal.insert_one(event("f", 1, 14))
    await views.checkpoints.update_one({"_id": 11}, {"$set": {"feedUntil": at(20)}})
    assert (await waiting).body == b'{"events":["a1","a2","b1","c1","d1","e1","f1"]}'


async def test_a_window_that_stays_open_is_refused_for_now(platform: Platform, views: Database) -> None:
    await views.checkpoints.delete_one({"_id": 3})
    answer = await platform.ask(window("00", "20"))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.body.startswith(b'{"errorType":"Unavailable"')


async def test_an_end_in_the_future_counts_as_the_moment_of_arrival(platform: Platform, views: Database) -> None:
    soon = utc_now() + timedelta(seconds=60)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": soon}})
    await views.journal.insert_one(event("z", 1, 0) | {"sent": soon - timedelta(seconds=30)})
    answer = await platform.ask(f"{FEED}?from=2020-05-26T08:00:12Z&to=9999-12-31T23:59:59Z")
    assert answer.body == b'{"events":["d1","e1"]}'
