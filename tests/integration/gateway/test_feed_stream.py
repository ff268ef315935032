"""The live feed: streams of closed events, their scopes, their continuation, their limits and their end."""

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from services.gateway.access import Access
from services.gateway.answers.waiting import Waiting
from services.gateway.app import ANSWERS
from services.gateway.endpoints.feed_stream import FOR_ONE_USER, FeedStream, places
from services.gateway.views.feed_tail import COUNT
from services.gateway.views.stored_bytes import INLINE
from shared.accounts.callers import Callers
from shared.clock import utc_now, wire
from shared.directory.replica import DirectoryReplica
from shared.http.server import serve
from shared.mongo import Database, Document
from shared.storage.topics import PARTITIONS
from tests.integration.gateway.gateway_platform import USERS, Platform, gateway, logged_in
from tests.support.clients.event_streams import STREAM, OpenStream, streamed
from tests.support.clients.http import answering, free_port, listening
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.expected.views import until
from tests.support.measures.profiling import profiled
from tests.support.processes.tasks import running

BEGIN = utc_now() - timedelta(hours=1)


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def event(name: str, sent: datetime, late: datetime | None = None, **fields: Any) -> Document:
    ticket, version = name[:-1], int(name[-1])
    return {
        "_id": f"{ticket}:{version}",
        "ticket": ticket,
        "version": version,
        "agencies": [NORTH],
        "sent": sent,
        **({} if late is None else {"late": late}),
        "entry": None,
        "event": f'"{name}"'.encode(),
    } | fields


async def close(db: Database, moment: datetime) -> None:
    """Close the windows up to `moment`, as projectors do."""
    await db.checkpoints.update_many({}, {"$set": {"feedUntil": moment}})


async def seen(stream: OpenStream, *names: str) -> None:
    """Wait until the stream has brought these events, and no others."""

    async def all_there() -> bool:
        return len(stream.events) >= len(names)

    await until(all_there)
    assert stream.events == list(names)


async def reached(stream: OpenStream, moment: datetime) -> None:
    """Wait until the last id is `moment` or later."""

    async def there() -> bool:
        return stream.reader.last_id >= wire(moment)

    await until(there)


@asynccontextmanager
async def own_gateway(platform: Platform, streams: Waiting, beat_seconds: float) -> AsyncIterator[str]:
    """Serve the endpoint alone, with its own limits."""
    access = Access(Callers(platform.db), DirectoryReplica("nowhere", "of nobody"))
    stream = FeedStream(platform.db, access, streams, beat_seconds=beat_seconds)
    app, port = Starlette(routes=[Route(STREAM, stream, methods=["GET"])], exception_handlers=ANSWERS), free_port()
    async with running(serve(app, "127.0.0.1", port, stopping=streams.stop)):
        await until(partial(listening, url := f"http://127.0.0.1:{port}"))
        yield url


@pytest.fixture(autouse=True)
async def views(platform: Platform) -> AsyncIterator[Database]:
    """Store events up to second 13; every partition is closed up to second 20. At the end the checkpoints come back."""
    db = platform.db
    before = await db.checkpoints.find().to_list(None)
    await db.journal.delete_many({})
    await db.journal.insert_many(
        [
            event("b1", at(10)),
            event("a1", at(10)),
            event("c1", at(11), agencies=[SOUTH]),
            event("d1", at(12), agencies=[NORTH, SOUTH], patrimony=PARK),
            event("e1", at(13), late=at(15)),
        ]
    )
    await db.checkpoints.delete_many({})
    await db.checkpoints.insert_many({"_id": number, "feedUntil": at(20)} for number in range(PARTITIONS))
    yield db
    await db.journal.delete_many({})
    await db.checkpoints.delete_many({})
    if before:
        await db.checkpoints.insert_many(before)


@pytest.mark.parametrize(
    ("login", "events"),
    [("all", "a1 b1 c1 d1 e1"), ("north", "a1 b1 d1 e1"), ("park", "d1"), ("account", "a1 b1 d1 e1")],
)
async def test_a_stream_has_the_closed_events_that_its_user_may_see(
    platform: Platform, views: Database, login: str, events: str
) -> None:
    async with streamed(platform.url, platform.cookies[login], **{"from": wire(at(10))}) as stream:
        await seen(stream, *events.split())
        assert stream.answer.headers["Content-Type"] == "text/event-stream"
        assert stream.answer.headers["Cache-Control"] == "no-store"
        assert stream.answer.headers["X-Accel-Buffering"] == "no"
        assert [message.last_id for message in stream.reader.messages] == [wire(at(20))]
        await views.journal.insert_many([event("f1", at(21)), event("f2", at(22), patrimony=PARK, agencies=[SOUTH])])
        if login in ("all", "account"):
            await close(views, at(21))
            await seen(stream, *events.split(), "f1")
        await close(views, at(30))
        await seen(
            stream, *events.split(), *({"all": "f1 f2", "north": "f1", "park": "f2", "account": "f1"}[login].split())
        )
        assert stream.reader.last_id == wire(at(21 if login == "account" else 30))


async def test_an_event_comes_when_the_last_partition_has_closed_its_window(
    platform: Platform, views: Database
) -> None:
    async with streamed(platform.url, platform.cookies["all"], wire(at(20))) as stream:
        await views.journal.insert_many([event("f1", at(21)), event("f2", at(23)), event("g1", at(19), late=at(22))])
        await views.checkpoints.update_many({"_id": {"$ne": 3}}, {"$set": {"feedUntil": at(30)}})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await stream.ended.wait()
        assert stream.events == []
        await close(views, at(30))
        await seen(stream, "f1", "g1", "f2")


async def test_without_a_start_it_begins_with_what_is_not_closed_yet(platform: Platform, views: Database) -> None:
    now = utc_now()
    await close(views, now - timedelta(seconds=2))
    await views.journal.insert_many([event("x1", now - timedelta(seconds=3)), event("y1", now - timedelta(seconds=1))])
    async with streamed(platform.url, platform.cookies["all"]) as stream:
        await reached(stream, now - timedelta(seconds=2))
        await close(views, now)
        await seen(stream, "y1")


async def test_it_goes_on_behind_its_last_event_id(platform: Platform, views: Database) -> None:
    async with streamed(platform.url, platform.cookies["all"], **{"from": wire(at(0))}) as first:
        await seen(first, "a1", "b1", "c1", "d1", "e1")
    await views.journal.insert_many([event("f1", at(20.001)), event("f2", at(25)), event("g1", at(12), late=at(21))])
    await close(views, at(30))
    async with streamed(platform.url, platform.cookies["all"], first.reader.last_id, **{"from": wire(at(0))}) as second:
        await seen(second, "f1", "g1", "f2")
        assert second.reader.last_id == wire(at(30))


async def test_a_start_that_cannot_be_is_refused(platform: Platform) -> None:
    for last_id, query, reason in (
        ("17", "", "Header Last-Event-ID must be a date and time"),
        (wire(utc_now() - timedelta(days=8)), "", "Header Last-Event-ID is more than 7 days ago"),
        (wire(utc_now() + timedelta(minutes=1)), "", "Header Last-Event-ID is in the future"),
        (None, "?from=yesterday", "Parameter from must be a date and time"),
    ):
        answer = await platform.ask(STREAM + query, headers={"Last-Event-ID": last_id} if last_id else {})
        assert answer.status == 400
        assert reason in answer.body.decode()
    answer = await platform.ask(STREAM, None)
    assert (answer.status, answer.body) == (401, b"")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "HEAD"])
async def test_its_path_is_not_that_of_a_ticket(platform: Platform, method: str) -> None:
    answer = await platform.ask(STREAM, method=method, json={})
    expected = (200, None) if method == "HEAD" else (405, "GET, HEAD")
    assert (answer.status, answer.headers.get("Allow")) == expected
    assert platform.commands.received == []


async def test_many_events_come_in_messages_that_go_on_behind_whole_instants(
    platform: Platform, views: Database
) -> None:
    """Some have the same date, more than fit into a message; some are too long to be read with their documents."""
    crowd = [event(f"t{number:03}{1}", at(21)) for number in range(COUNT + 50)]
    late = [event(f"u{number:03}{1}", at(19), late=at(22)) for number in range(2 * COUNT + 10)]
    long = [event(f"v{number:03}{1}", at(23 + number), event=b'"%b"' % (b"x" * 4 * INLINE)) for number in range(20)]
    await views.journal.insert_many([*crowd, *late, *long])
    await close(views, at(60))
    expected = [stored["event"].decode()[1:-1] for stored in (*crowd, *late, *long)]
    async with streamed(platform.url, platform.cookies["all"], wire(at(20))) as stream:
        await seen(stream, *expected)
        messages = stream.reader.messages
    assert messages[0].last_id == wire(at(20))
    assert not messages[0].has_id
    assert messages[-1].last_id == wire(at(60))
    assert max(len(message.data) for message in messages) < 70_000
    for number, message in enumerate(messages):
        if message.has_id:
            async with streamed(platform.url, platform.cookies["all"], message.last_id) as again:
                await seen(again, *[one for later in messages[number + 1 :] for one in later.events])


async def test_a_comment_comes_when_no_event_does(platform: Platform, views: Database) -> None:
    async with own_gateway(platform, places(), 0.2) as url, streamed(url, platform.cookies["park"]) as stream:
        await close(views, utc_now() - timedelta(seconds=1))
        await views.journal.insert_one(event("f1", utc_now()))
        await close(views, closed := utc_now())
        await reached(stream, closed)
        assert stream.reader.comments
        assert stream.reader.messages == []


async def test_the_streams_of_a_user_are_limited_and_do_not_limit_others(platform: Platform) -> None:
    async with AsyncExitStack() as others:
        async with AsyncExitStack() as closing:
            for _ in range(FOR_ONE_USER):
                await closing.enter_async_context(streamed(platform.url, platform.cookies["all"]))
            answer = await platform.ask(STREAM)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert b"Too many streams of this user are open" in answer.body
            await others.enter_async_context(streamed(platform.url, platform.cookies["north"]))

        async def has_room() -> bool:
            return (await platform.ask(STREAM, method="HEAD")).status == 200

        await until(has_room)


async def test_the_streams_of_all_users_are_limited(platform: Platform) -> None:
    async with (
        own_gateway(platform, Waiting(2, 1, "Too many streams{of_user}."), 15) as url,
        AsyncExitStack() as closing,
    ):
        for login in ("all", "north"):
            await closing.enter_async_context(streamed(url, platform.cookies[login]))
        with pytest.raises(AssertionError, match=r"503.*Too many streams\."):
            await closing.enter_async_context(streamed(url, platform.cookies["park"]))


async def test_a_stream_follows_its_session_and_its_user(platform: Platform, views: Database) -> None:
    gone, removed, moved = logins = ("gone", "removed", "moved")
    password = (await views.users.find_one({"login": "all"}) or {})["passwordHash"]
    await views.users.insert_many(
        {"_id": f"uid of {login}", "login": login, "role": "reader", "scope": USERS["north"], "passwordHash": password}
        for login in logins
    )
    async with AsyncExitStack() as closing:
        closing.push_async_callback(views.users.delete_many, {"login": {"$in": list(logins)}})
        cookies = {login: await logged_in(platform.url, login) for login in logins}
        streams = {
            login: await closing.enter_async_context(streamed(platform.url, cookie, wire(at(20))))
            for login, cookie in cookies.items()
        }
        await views.journal.insert_one(event("f1", at(21)))
        await close(views, at(22))
        for stream in streams.values():
            await seen(stream, "f1")

        token = cookies[gone].partition("=")[2].partition(";")[0]
        await views.sessions.delete_one({"_id": hashlib.sha256(token.encode()).hexdigest()})
        await views.users.delete_one({"login": removed})
        await views.users.update_one({"login": moved}, {"$set": {"scope": USERS["park"]}})
        async with asyncio.timeout(30):
            for login in (gone, removed):
                await streams[login].ended.wait()
        later = count(22)

        async def sees_the_park() -> bool:
            name, moment = "p1", at(next(later) + 0.5)
            await views.journal.delete_one({"_id": "p:1"})
            await views.journal.insert_one(event(name, moment, agencies=[SOUTH], patrimony=PARK))
            await close(views, moment)
            await asyncio.sleep(0.3)
            return name in streams[moved].events

        await until(sees_the_park)
        known = streams[moved].events
        await views.journal.insert_many(
            [event("g1", at(next(later)), patrimony=PARK, agencies=[SOUTH]), event("h1", at(next(later)))]
        )
        await close(views, at(next(later)))
        await seen(streams[moved], *known, "g1")
        for login in (gone, removed):
            assert streams[login].events == ["f1"]
            assert (await platform.ask(STREAM, None, headers={"Cookie": cookies[login]})).status == 401


async def test_a_client_that_reads_nothing_is_cut(
    platform: Platform, views: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.answers.streaming.TAKEN_WITHIN", 1.0)
    large = b'"%b"' % (b"x" * 240_000)
    await views.journal.insert_many(
        [event(f"t{number:03}{1}", at(21 + number / 10), event=large) for number in range(90)]
    )
    await close(views, at(60))
    streams = places()
    async with own_gateway(platform, streams, 15) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1_000)
        lines = [f"GET {STREAM} HTTP/1.1", "Host: here", f"Cookie: {platform.cookies['all']}"]
        writer.write("\r\n".join([*lines, f"Last-Event-ID: {wire(at(20))}", "", ""]).encode())
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 ")
        assert len(streams) == 1

        async def given_up() -> bool:
            return len(streams) == 0

        await until(given_up)
        writer.transport.abort()


async def test_a_gateway_that_stops_ends_its_streams_at_once(platform: Platform, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with gateway(platform.settings, "stopping", port, platform.commands.urls, log) as process:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        async with AsyncExitStack() as closing:
            opened = [
                await closing.enter_async_context(streamed(url, platform.cookies[login])) for login in ("all", "north")
            ]
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                for stream in opened:
                    await stream.ended.wait()
                assert await process.wait() == 0


async def test_idle_streams_look_together(platform: Platform, views: Database) -> None:
    counts = []
    for logins in (("all",), [*("all", "north", "account") * 15]):
        async with own_gateway(platform, places(), 15) as url, AsyncExitStack() as closing:
            opened = [await closing.enter_async_context(streamed(url, platform.cookies[login])) for login in logins]
            await all_opened(opened)
            queries: list[Document] = []
            async with profiled(views, queries, "checkpoints", "journal"):
                for number in range(5):
                    await close(views, at(60 + number))
                    await asyncio.sleep(0.2)
            counts.append(len(queries))
    assert counts[1] < 2 * counts[0], counts


async def all_opened(streams: Sequence[OpenStream]) -> None:
    async def all_there() -> bool:
        return all(stream.reader.last_id for stream in streams)

    await until(all_there)


async def test_a_stream_waits_while_the_views_cannot_be_read(platform: Platform, views: Database) -> None:
    """No snapshot can be read of a collection without checkpoints, and nothing is closed: the stream stays open."""
    async with streamed(platform.url, platform.cookies["all"], wire(at(20))) as stream:
        await views.checkpoints.delete_many({})
        await views.journal.insert_one(event("f1", at(21)))
        await asyncio.sleep(0.5)
        assert stream.events == []
        await views.checkpoints.insert_many({"_id": number, "feedUntil": at(30)} for number in range(PARTITIONS))
        await seen(stream, "f1")
