"""The export: what it holds, in which order, how it streams, and how little memory that takes."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from services.gateway.days import local_day
from services.gateway.export import COMMENTARIES as MOST
from services.gateway.export import next_size, portions
from tests.integration.gateway.running import Platform
from tests.support.directory import NORTH, SOUTH
from tests.support.views import store_tickets, until

EXPORT = "/api/v1/tickets/export"
OPENED = datetime(2016, 5, 26, 10, 0, tzinfo=UTC)
WORDY = 24
"""Tickets whose commentaries take 3 MiB each."""
BARE = 2_000


def uid(number: int) -> str:
    return f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2"


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    """Give a stored ticket; the higher its number, the older it is."""
    created = OPENED - timedelta(minutes=number)
    return {
        "_id": uid(number),
        "version": 1,
        "created": created,
        "day": local_day(created).isoformat(),
        "status": "OPENED",
        "agencies": [NORTH],
        "town": "paris",
        "purpose": "leak",
        "commented": 0,
        "export": json.dumps({"uid": uid(number), "request": "x" * 9_000}).encode(),
    } | fields


def commentary(number: int, version: int, minute: int, text: str) -> dict[str, Any]:
    return {
        "_id": f"{uid(number)}:{version}",
        "ticket": uid(number),
        "version": version,
        "date": OPENED + timedelta(minutes=minute),
        "commentary": b'{"date":"%d","message":' % minute,
        "message": json.dumps(text).encode(),
    }


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    db = platform.db
    wordy = [ticket(number, town="wordy", agencies=[SOUTH], commented=12 * 262_146) for number in range(WORDY)]
    bare = [ticket(number) for number in range(WORDY + 1, WORDY + BARE)]
    await store_tickets(db, [*wordy, ticket(WORDY, commented=15), *bare])
    await db.journal.insert_many([commentary(WORDY, 4, 7, "second"), commentary(WORDY, 9, 3, "first")])
    for number in range(WORDY):
        await db.journal.insert_many([commentary(number, 2 + n, n, "y" * 262_144) for n in range(12)])
    yield
    await db.tickets.delete_many({})
    await db.stats.delete_many({})
    await db.journal.delete_many({})


def numbers(body: bytes) -> list[int]:
    return [int(one["uid"][:8]) for one in json.loads(body)["result"]]


async def test_all_that_is_selected_comes_newest_first(platform: Platform) -> None:
    answer = await platform.ask(f"{EXPORT}?location=Paris")
    assert (answer.status, answer.headers["Content-Range"]) == (200, f"0-{BARE - 1}/{BARE}")
    assert answer.headers["Accept-Range"] == "20000"
    assert answer.headers["Content-Type"] == "application/json"
    assert numbers(answer.body) == list(range(WORDY, WORDY + BARE))


async def test_commentaries_stand_in_their_ticket_oldest_first(platform: Platform) -> None:
    answer = await platform.ask(f"{EXPORT}?location=paris&range=0-1")
    first, second = json.loads(answer.body)["result"]
    assert first["freeCommentaries"] == [{"date": "3", "message": "first"}, {"date": "7", "message": "second"}]
    assert second["freeCommentaries"] == []


@pytest.mark.parametrize(
    ("query", "login", "status", "content_range", "expected"),
    [
        ("location=paris&range=150-152", "all", 206, "150-152/2000", [174, 175, 176]),
        ("location=paris&range=1999-5000", "all", 206, "1999-1999/2000", [2023]),
        ("location=paris&range=2000-2100", "all", 206, "2000-2000/2000", []),
        ("location=paris&range=99999999999999999999-99999999999999999999", "all", 206, "2000-2000/2000", []),
        ("location=nowhere", "all", 200, "0-0/0", []),
        ("status=CLOSED", "all", 200, "0-0/0", []),
        ("range=24-25", "north", 206, "24-25/2000", [48, 49]),
        ("", "nothing", 200, "0-0/0", []),
    ],
)
async def test_it_is_selected_and_paged_like_a_list(
    platform: Platform, *, query: str, login: str, status: int, content_range: str, expected: list[int]
) -> None:
    answer = await platform.ask(f"{EXPORT}?{query}", login)
    assert (answer.status, answer.headers["Content-Range"]) == (status, content_range)
    assert numbers(answer.body) == expected


@pytest.mark.parametrize("query", ["range=2-1", "status=open", "agency=1", "from=2016-02-30", "location=%ff"])
async def test_a_bad_parameter_is_named(platform: Platform, query: str) -> None:
    answer = await platform.ask(f"{EXPORT}?{query}")
    assert answer.status == 400
    assert query.partition("=")[0] in json.loads(answer.body)["message"]


async def test_a_head_has_the_headers_alone(platform: Platform) -> None:
    answer = await platform.ask(f"{EXPORT}?location=paris&range=0-9", method="HEAD")
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (206, "0-9/2000", b"")


async def test_without_a_session_nothing_is_told(platform: Platform) -> None:
    assert (await platform.ask(EXPORT, login=None)).status == 401
    assert (await platform.ask(EXPORT, method="POST")).status == 405


@asynccontextmanager
async def asked(platform: Platform, target: str, *headers: str) -> AsyncIterator[asyncio.StreamReader]:
    """Ask over a connection of our own, and read nothing yet; on leaving, the connection is cut."""
    host, _, port = platform.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=65_536)
    try:
        lines = [f"GET {target} HTTP/1.1", "Host: here", f"Cookie: {platform.cookies['all']}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        yield reader
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(("asked_for", "status"), [("", 200), ("&range=100-1099", 206)])
async def test_it_is_compressed_when_that_is_asked_for(platform: Platform, asked_for: str, status: int) -> None:
    target = f"{EXPORT}?location=paris{asked_for}"
    for refusal in ("gzip;q=0", "identity"):
        plain = await platform.ask(target, headers={"Accept-Encoding": refusal})
        assert plain.status == status
        assert "Content-Encoding" not in plain.headers
    async with asked(platform, target, "Accept-Encoding: gzip") as reader:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-encoding: gzip" in head.lower()
        packed = b""
        while size := int(await reader.readline(), 16):
            packed += (await reader.readexactly(size + 2))[:-2]
    assert gzip.decompress(packed) == plain.body
    assert len(packed) * 5 < len(plain.body)


def gateway_process(platform: Platform) -> psutil.Process:
    port = int(platform.url.rpartition(":")[2])
    listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    [pid] = {one.pid for one in listening if one.laddr and one.laddr.port == port}
    return psutil.Process(pid)


async def test_megabytes_of_commentaries_pass_through_a_flat_memory(platform: Platform) -> None:
    process = gateway_process(platform)
    before = highest = process.memory_info().rss
    size = 0
    async with asked(platform, f"{EXPORT}?location=wordy") as reader:
        part = b""
        while not part.endswith(b"]}\r\n0\r\n\r\n"):
            part = part[-16:] + await reader.read(65_536)
            size += len(part) - 16
            highest = max(highest, process.memory_info().rss)
    assert size > WORDY * 3 * 1024 * 1024
    assert highest - before < 64 * 1024 * 1024


async def test_one_that_fails_on_the_way_is_not_ended_as_if_it_were_whole(platform: Platform) -> None:
    async with asked(platform, f"{EXPORT}?location=paris") as reader:
        await reader.readuntil(b"\r\n\r\n")
        await platform.db.tickets.rename("aside")  # which ends the queries that are under way
        try:
            async with asyncio.timeout(30):
                rest = await reader.read()
        finally:
            await platform.db.aside.rename("tickets")
    assert rest
    assert not rest.endswith(b"0\r\n\r\n")


async def test_it_ends_when_the_client_goes_away(platform: Platform) -> None:
    async def metrics() -> Any:
        return (await platform.db.client.admin.command("serverStatus"))["metrics"]

    async def as_before() -> bool:
        return bool((await metrics())["cursor"]["open"]["total"] <= before["cursor"]["open"]["total"])

    before = await metrics()
    async with asked(platform, f"{EXPORT}?location=paris") as reader:
        await reader.readuntil(b"\r\n\r\n")
        assert not await as_before()
    await until(as_before)
    read = (await metrics())["document"]["returned"] - before["document"]["returned"]
    assert read < BARE, "the rest was read for nobody"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([0, 0, 0], [[0, 0, 0]]),
        ([MOST, 0, 1, MOST], [[MOST, 0], [1], [MOST]]),
        ([MOST + 1, MOST + 1], [[MOST + 1], [MOST + 1]]),
    ],
)
def test_commentaries_are_read_up_to_a_bound(sizes: list[int], expected: list[list[int]]) -> None:
    parts = portions({"commented": size} for size in sizes)
    assert [[ticket["commented"] for ticket in part] for part in parts] == expected


@pytest.mark.parametrize(
    ("tickets", "size", "then"),
    [
        (100, 0, 200),
        (100, 100_000, 200),
        (800, 800_000, 1_000),
        (1_000, 4 * 1024 * 1024, 500),
        (100, 200 * 1024 * 1024, 1),
        (1, 300 * 1024 * 1024, 1),
    ],
)
def test_groups_grow_as_long_as_their_tickets_are_small(tickets: int, size: int, then: int) -> None:
    assert next_size(tickets, size) == then
