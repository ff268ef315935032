"""The feed: closed windows, late events, scopes."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.access import Access
from services.gateway.answers.waiting import FOR_ONE_USER, Waiting
from services.gateway.app import ANSWERS
from services.gateway.endpoints.feed import CLOSED_WITHIN, Feed
from services.gateway.views.stored_bytes import GROUP
from shared.accounts.callers import Callers
from shared.clock import instant, utc_now, wire
from shared.directory.replica import DirectoryReplica
from shared.http.server import serve
from shared.mongo import Database, Document
from shared.storage.topics import PARTITIONS
from tests.integration.gateway.gateway_platform import Platform, logged_in
from tests.support.clients.http import Answer, free_port, listening, request
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.expected.views import until as until_true
from tests.support.measures.profiling import profiled
from tests.support.processes.tasks import first_done, running

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
    """Store events up to second 20; every partition is closed up to second 30."""
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
async def test_a_closed_window_has_the_events_sent_in_it_and_late_events(
    platform: Platform, *, target: str, login: str, status: int, content_range: str, events: str
) -> None:
    answer = await platform.ask(target, login)
    assert (answer.status, answer.headers["Content-Range"]) == (status, content_range)
    assert answer.headers["Accept-Range"] == "100"
    assert answer.body == b'{"events":[' + ",".join(f'"{name}"' for name in events.split()).encode() + b"]}"


async def test_a_late_event_is_in_the_next_window(platform: Platform, views: Database) -> None:
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


@pytest.mark.parametrize("change", ["the window opens", "the events go"])
async def test_a_large_page_has_the_state_at_the_time_of_sending(
    platform: Platform, views: Database, change: str
) -> None:
    await views.journal.insert_one(event("z", 1, 14, event=b'"%b"' % (b"x" * GROUP)))
    feed = Feed(views, Access(Callers(views), DirectoryReplica("nowhere", "of nobody")), Waiting())

    async def changed_before_it_is_sent(asked: Request) -> Response:
        answer = await feed.list(asked)
        if change == "the events go":
            await views.journal.delete_many({})
        else:
            await views.checkpoints.update_one({"_id": 3}, {"$set": {"feedUntil": at(5)}})
        return answer

    app, port = Starlette(routes=[Route(FEED, changed_before_it_is_sent)], exception_handlers=ANSWERS), free_port()
    async with running(serve(app, "127.0.0.1", port)):
        url = f"http://127.0.0.1:{port}"
        await until_true(partial(listening, url))
        answer = await request("GET", url + window("00", "20"), headers={"Cookie": platform.cookies["all"]})
    if change == "the events go":
        assert (answer.status, answer.headers["Content-Range"], answer.body) == (200, "0-0/0", b'{"events":[]}')
    else:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.body.startswith(b'{"errorType":"Unavailable"')


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("target", "status", "until"),
    [
        (window("00", "20"), 200, "20.000"),
        (window("00", "20", "&range=1-2"), 206, "20.000"),
        (window("00", "20.123", "&range=6-9"), 206, "20.123"),
        (window("10.001", "10.999"), 200, "10.999"),
        (f"{FEED}?from=2020-05-26T10:00:10%2B02:00&to=2020-05-26T10:00:10.5%2B02:00", 200, "10.500"),
    ],
)
async def test_every_answer_has_feed_until(
    platform: Platform, *, target: str, status: int, until: str, method: str
) -> None:
    answer = await platform.ask(target, method=method)
    assert (answer.status, answer.headers.getall("Feed-Until")) == (status, [f"2020-05-26T08:00:{until}Z"])


async def test_an_end_far_in_the_future_counts_as_the_moment_of_arrival(platform: Platform, views: Database) -> None:
    soon = utc_now() + timedelta(seconds=60)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": soon}})
    await views.journal.insert_one(event("z", 1, 0) | {"sent": soon - timedelta(seconds=30)})
    began = utc_now()
    answer = await platform.ask(f"{FEED}?from=2020-05-26T08:00:12Z&to=9999-12-31T23:59:59Z")
    assert answer.body == b'{"events":["d1","e1"]}'
    assert began <= until(answer) <= utc_now()


async def test_further_pages_of_a_window_use_the_feed_until_of_the_first(platform: Platform, views: Database) -> None:
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": utc_now() + timedelta(seconds=60)}})
    first = await platform.ask(f"{FEED}?from=2020-05-26T08:00:12Z&to=9999-12-31T23:59:59Z&range=0-0")
    await views.journal.insert_one(event("z", 1, 0) | {"sent": until(first) + timedelta(milliseconds=1)})
    last = first.headers["Feed-Until"]
    second = await platform.ask(f"{FEED}?from=2020-05-26T08:00:12Z&to={last}&range=1-1")
    assert (first.status, first.body) == (206, b'{"events":["d1"]}')
    assert (second.status, second.body) == (206, b'{"events":["e1"]}')
    assert second.headers["Content-Range"] == "1-1/2"
    assert second.headers["Feed-Until"] == last


async def test_an_end_in_the_near_future_is_waited_for(platform: Platform, views: Database) -> None:
    last = utc_now() + timedelta(seconds=4)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": last + timedelta(seconds=60)}})
    waiting = asyncio.create_task(platform.ask(f"{FEED}?from=2020-05-26T08:00:12Z&to={wire(last)}"))
    await asyncio.sleep(0.5)
    await views.journal.insert_one(event("z", 1, 0) | {"sent": last})
    answer = await waiting
    assert utc_now() >= last
    assert answer.body == b'{"events":["d1","e1","z1"]}'
    assert until(answer) == last


async def test_the_time_to_close_a_window_counts_from_its_end(platform: Platform, views: Database) -> None:
    last = utc_now() + timedelta(seconds=CLOSED_WITHIN + 1)
    waiting = asyncio.create_task(platform.ask(f"{FEED}?from=2020-05-26T08:00:12Z&to={wire(last)}"))
    await asyncio.sleep(CLOSED_WITHIN + 1.5)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": last}})
    assert (await waiting).status == 200


@pytest.mark.parametrize(("first", "last", "seconds"), [(30, 60, 0.0), (1, 2, 2.0)])
async def test_a_window_in_the_future_ends_at_the_servers_time(
    platform: Platform, views: Database, *, first: float, last: float, seconds: float
) -> None:
    began = utc_now()
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": began + timedelta(seconds=90)}})
    await views.journal.insert_one(event("z", 1, 0) | {"sent": began + timedelta(seconds=(first + last) / 2)})
    ends = "&".join(f"{name}={wire(began + timedelta(seconds=at))}" for name, at in (("from", first), ("to", last)))
    answer = await platform.ask(f"{FEED}?{ends}")
    assert answer.status == 200
    assert answer.headers["Content-Range"] == ("0-0/1" if seconds else "0-0/0")
    assert began + timedelta(seconds=seconds) <= until(answer) <= utc_now()


async def test_a_session_that_ends_while_its_request_waits_sees_nothing(platform: Platform, views: Database) -> None:
    cookie = await logged_in(platform.url, "all")
    last = utc_now() + timedelta(seconds=6)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": last}})
    target = f"{FEED}?from=2020-05-26T08:00:12Z&to={wire(last)}"
    waiting = asyncio.create_task(platform.ask(target, None, headers={"Cookie": cookie}))
    await asyncio.sleep(0.5)
    token = hashlib.sha256(cookie.partition("=")[2].partition(";")[0].encode()).hexdigest()
    assert (await views.sessions.delete_one({"_id": token})).deleted_count == 1
    answer = await waiting
    assert (answer.status, answer.body) == (401, b"")


async def test_the_waiting_requests_of_a_user_are_limited_and_do_not_limit_others(
    platform: Platform, views: Database
) -> None:
    last = utc_now() + timedelta(seconds=6)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": last}})
    target = f"{FEED}?from=2020-05-26T08:00:12Z&to={wire(last)}"
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(platform.ask(target)) for _ in range(FOR_ONE_USER + 5)]
        other = group.create_task(platform.ask(target, "north"))
        at_once, _ = await first_done(asked, 5)
        assert await _waiting(views) == 0
        closed = await platform.ask(window("00", "20"))
    assert [answer.result().status for answer in at_once] == [503] * 5
    assert {answer.result().headers["Retry-After"] for answer in at_once} == {"1"}
    assert closed.status == 200  # a request that need not wait is answered
    assert [answer.result().status for answer in (*asked, other)].count(200) == FOR_ONE_USER + 1


async def test_a_request_stops_waiting_when_its_client_leaves(platform: Platform, views: Database) -> None:
    last = utc_now() + timedelta(seconds=8)
    target = f"{FEED}?from=2020-05-26T08:00:12Z&to={wire(last)}"
    leaving = [asyncio.create_task(platform.ask(target)) for _ in range(FOR_ONE_USER + 1)]
    refused, waiting = await first_done(leaving, 1)
    assert [each.result().status for each in refused] == [503]  # so all others wait
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": last}})

    asked_at = []

    async def has_room() -> bool:
        asked_at.append(utc_now())
        return (await platform.ask(target)).status == 200

    await until_true(has_room)
    assert asked_at[-1] < last, "those who left kept their places until the window was over"


async def test_many_that_wait_look_together(platform: Platform, views: Database) -> None:
    last = utc_now() + timedelta(seconds=2)
    await views.checkpoints.update_many({}, {"$set": {"feedUntil": at(19)}})
    queries: list[Document] = []
    async with profiled(views, queries, "checkpoints"):
        target = f"{FEED}?from=2020-05-26T08:00:12Z&to={wire(last)}"
        waiting = [asyncio.create_task(platform.ask(target)) for _ in range(FOR_ONE_USER)]
        await asyncio.wait(waiting, timeout=3)  # for a second after the window, they look again and again
        await views.checkpoints.update_many({}, {"$set": {"feedUntil": last}})
        assert {(await answer).status for answer in waiting} == {200}
    # Each request looks after it waited; meanwhile one look at a time serves all.
    assert len(queries) < 2 * FOR_ONE_USER + 100


def until(answer: Answer) -> datetime:
    return instant(answer.headers["Feed-Until"])


async def _waiting(views: Database) -> int:
    """Return the number of MongoDB's operations on the journal at this moment."""
    running = await views.client.admin.command({"currentOp": 1, "ns": f"{views.name}.journal", "active": True})
    return len(running["inprog"])
