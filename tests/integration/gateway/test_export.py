"""The export: its content, its order, its streaming, and its small use of memory."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.read_model.local_days import local_day
from tests.integration.gateway.gateway_platform import Platform
from tests.integration.gateway.reading_slowly import gateway_process, opened_request
from tests.support.data.directory import NORTH, SOUTH
from tests.support.expected.views import store_tickets, until

EXPORT = "/api/v1/tickets/export"
OPENED = datetime(2016, 5, 26, 10, 0, tzinfo=UTC)
WORDY = 24
"""Tickets whose commentaries take 3 MiB each."""
BARE = 5_000


def uid(number: int) -> str:
    return f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2"


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    """Return a stored ticket; the higher its number, the older it is."""
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


async def test_commentaries_are_in_their_ticket_oldest_first(platform: Platform) -> None:
    answer = await platform.ask(f"{EXPORT}?location=paris&range=0-1")
    first, second = json.loads(answer.body)["result"]
    assert first["freeCommentaries"] == [{"date": "3", "message": "first"}, {"date": "7", "message": "second"}]
    assert second["freeCommentaries"] == []


@pytest.mark.parametrize(
    ("query", "login", "status", "content_range", "expected"),
    [
        ("location=paris&range=150-152", "all", 206, "150-152/5000", [174, 175, 176]),
        ("location=paris&range=4999-8000", "all", 206, "4999-4999/5000", [5023]),
        ("location=paris&range=5000-5100", "all", 206, "5000-5000/5000", []),
        ("location=paris&range=99999999999999999999-99999999999999999999", "all", 206, "5000-5000/5000", []),
        ("location=nowhere", "all", 200, "0-0/0", []),
        ("status=CLOSED", "all", 200, "0-0/0", []),
        ("range=24-25", "north", 206, "24-25/5000", [48, 49]),
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
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (206, "0-9/5000", b"")


async def test_without_a_session_the_answer_is_401(platform: Platform) -> None:
    assert (await platform.ask(EXPORT, login=None)).status == 401
    assert (await platform.ask(EXPORT, method="POST")).status == 405


@pytest.mark.parametrize(("asked_for", "status"), [("", 200), ("&range=100-1099", 206)])
async def test_it_is_compressed_when_that_is_asked_for(platform: Platform, asked_for: str, status: int) -> None:
    target = f"{EXPORT}?location=paris{asked_for}"
    for refusal in ("gzip;q=0", "identity"):
        plain = await platform.ask(target, headers={"Accept-Encoding": refusal})
        assert plain.status == status
        assert "Content-Encoding" not in plain.headers
    async with opened_request(platform, target, "Accept-Encoding: gzip") as reader:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-encoding: gzip" in head.lower()
        packed = b""
        while size := int(await reader.readline(), 16):
            packed += (await reader.readexactly(size + 2))[:-2]
    assert gzip.decompress(packed) == plain.body
    assert len(packed) * 5 < len(plain.body)


async def test_megabytes_of_commentaries_pass_through_a_flat_memory(platform: Platform) -> None:
    process = gateway_process(platform)
    before = highest = process.memory_info().rss
    size = 0
    async with opened_request(platform, f"{EXPORT}?location=wordy") as reader:
        part = b""
        while not part.endswith(b"]}\r\n0\r\n\r\n"):
            part = part[-16:] + await reader.read(65_536)
            size += len(part) - 16
            highest = max(highest, process.memory_info().rss)
    assert size > WORDY * 3 * 1024 * 1024
    assert highest - before < 64 * 1024 * 1024


async def test_an_export_that_fails_midway_is_not_ended_as_complete(platform: Platform) -> None:
    async with opened_request(platform, f"{EXPORT}?location=paris") as reader:
        await reader.readuntil(b"\r\n\r\n")
        await platform.db.tickets.rename("aside")  # ends the queries in progress
        try:
            async with asyncio.timeout(30):
                rest = await reader.read()
        finally:
            await platform.db.aside.rename("tickets")
    assert rest
    assert not rest.endswith(b"0\r\n\r\n")


async def open_cursors(platform: Platform) -> set[int]:
    """Return the ids of MongoDB's cursors on the tickets, idle and active."""
    operations = await platform.db.client.admin.aggregate(
        [
            {"$currentOp": {"allUsers": True, "idleCursors": True}},
            {"$match": {"ns": f"{platform.db.name}.tickets", "cursor.cursorId": {"$exists": True}}},
        ]
    )
    return {operation["cursor"]["cursorId"] async for operation in operations}


async def test_it_ends_when_the_client_goes_away(platform: Platform) -> None:
    async def returned() -> int:
        status = await platform.db.client.admin.command("serverStatus")
        return int(status["metrics"]["document"]["returned"])

    async def cursor_is_open() -> bool:
        cursors.update(await open_cursors(platform) - before)
        return bool(cursors)

    async def cursor_is_closed() -> bool:
        return not cursors & await open_cursors(platform)

    before, returned_before = await open_cursors(platform), await returned()
    cursors: set[int] = set()
    async with opened_request(platform, f"{EXPORT}?location=paris") as reader:
        await reader.readuntil(b"\r\n\r\n")
        await until(cursor_is_open)
    await until(cursor_is_closed)
    read = await returned() - returned_before
    assert read < BARE, "the rest was read for nobody"
