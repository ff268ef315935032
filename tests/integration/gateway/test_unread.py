"""Large answers, most of them read by nobody: how much memory they take, and whether other clients notice."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from threading import get_ident
from time import monotonic
from typing import Any

import pytest
from starlette.requests import Request

from services.gateway.access import Access
from services.gateway.answers.entity_tags import Tagged, tagged_json
from services.gateway.endpoints import tickets as endpoint
from services.gateway.views.stored_bytes import INLINE
from shared.accounts.callers import Callers
from shared.directory.replica import DirectoryReplica
from shared.read_model.local_days import local_day
from shared.storage.topics import PARTITIONS
from tests.integration.gateway.gateway_platform import Platform
from tests.integration.gateway.reading_slowly import gateway_process, opened_request
from tests.support.data.directory import NORTH
from tests.support.expected.views import store_tickets, until

LARGE = 240_000
COUNT = 100
MB = 1024 * 1024
OPENED = datetime(2016, 5, 26, 10, 0, tzinfo=UTC)

EXPORT = "/api/v1/tickets/export?location=large"
LIST = "/api/v1/tickets?location=large"
FEED = "/api/vEvent/tickets?from=2016-05-26T00:00:00Z&to=2016-05-27T00:00:00Z"


def uid(number: int) -> str:
    return f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2"


def text(number: int, size: int) -> bytes:
    return json.dumps({"uid": uid(number), "request": "x" * size}).encode()


def ticket(number: int, town: str, size: int) -> dict[str, Any]:
    created = OPENED - timedelta(minutes=number)
    return {
        "_id": uid(number),
        "version": 1,
        "created": created,
        "day": local_day(created).isoformat(),
        "status": "OPENED",
        "agencies": [NORTH],
        "town": town,
        "purpose": "leak",
        "commented": 0,
        "item": text(number, size),
        "head": text(number, size),
        "export": text(number, size),
    }


def event(number: int, size: int) -> dict[str, Any]:
    return {
        "_id": f"{uid(number)}:1",
        "ticket": uid(number),
        "version": 1,
        "agencies": [NORTH],
        "sent": OPENED + timedelta(seconds=number),
        "entry": None,
        "event": text(number, size),
    }


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    """Store 100 large tickets in one town, and two in another, one just too long to be read with its document."""
    db = platform.db
    tickets = [ticket(number, "large", LARGE) for number in range(COUNT)]
    await store_tickets(db, [*tickets, ticket(COUNT, "mixed", 10), ticket(COUNT + 1, "mixed", INLINE)])
    await db.journal.insert_many([event(number, LARGE) for number in range(COUNT)])
    await db.checkpoints.delete_many({})
    await db.checkpoints.insert_many(
        {"_id": number, "feedUntil": OPENED + timedelta(days=2)} for number in range(PARTITIONS)
    )
    yield
    for collection in (db.tickets, db.stats, db.journal, db.checkpoints):
        await collection.delete_many({})


@pytest.mark.parametrize(("target", "name"), [(LIST, "result"), (FEED, "events")])
async def test_a_large_page_is_whole_and_of_known_length(platform: Platform, target: str, name: str) -> None:
    answer = await platform.ask(target)
    assert (answer.status, answer.headers["Content-Range"]) == (200, f"0-{COUNT - 1}/{COUNT}")
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.body) == {name: [json.loads(text(number, LARGE)) for number in range(COUNT)]}


async def test_the_head_of_a_large_page_is_that_of_the_page(platform: Platform) -> None:
    head, page = await platform.ask(LIST, method="HEAD"), await platform.ask(LIST)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(page.body))


async def test_a_page_with_a_longer_text_among_short_ones_is_in_order(platform: Platform) -> None:
    answer = await platform.ask("/api/v1/tickets?location=mixed")
    assert [one["uid"] for one in json.loads(answer.body)["result"]] == [uid(COUNT), uid(COUNT + 1)]


async def test_a_part_of_a_large_page_is_answered_as_such(platform: Platform) -> None:
    answer = await platform.ask(f"{LIST}&range=10-19")
    assert (answer.status, answer.headers["Content-Range"]) == (206, f"10-19/{COUNT}")
    assert [one["uid"] for one in json.loads(answer.body)["result"]] == [uid(number) for number in range(10, 20)]


async def test_the_tag_of_a_large_detail_is_made_on_a_thread(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest of 4 MiB took the loop 3.8 ms. That of a small detail is faster than a thread."""
    made_by: list[int] = []

    def tagged(body: bytes) -> Tagged:
        made_by.append(get_ident())
        return tagged_json(body)

    monkeypatch.setattr(endpoint, "tagged_json", tagged)
    access = Access(Callers(platform.db), DirectoryReplica(platform.settings.kafka, "none"))
    for number, on_the_loop in ((0, False), (COUNT, True)):
        asked = {
            "type": "http",
            "query_string": b"",
            "headers": [(b"cookie", platform.cookies["all"].encode())],
            "path_params": {"ticket_uid": uid(number)},
        }
        answer = await endpoint.Tickets(platform.db, access).detail(Request(asked))
        assert json.loads(bytes(answer.body))["uid"] == uid(number)
        assert (made_by.pop() == get_ident()) is on_the_loop


@pytest.mark.parametrize(
    "target",
    [lambda _: EXPORT, lambda number: f"{LIST}&range={number}-99", lambda number: f"{FEED}&range={number}-99"],
    ids=["exports", "lists", "feeds"],
)
async def test_twenty_unread_answers_take_little_memory_and_block_no_other_client(
    platform: Platform, target: Callable[[int], str]
) -> None:
    """Ten exports took some 900 MB, twenty lists 600."""
    process = gateway_process(platform)
    before = highest = process.memory_info().rss
    async with AsyncExitStack() as closing:
        for number in range(20):
            await closing.enter_async_context(opened_request(platform, target(number)))
        end = monotonic() + 2
        while monotonic() < end:
            began = monotonic()
            answer = await platform.ask("/api/v1/tickets?location=mixed", login="north")
            assert answer.status == 200
            assert monotonic() - began < 3
            highest = max(highest, process.memory_info().rss)
    assert highest - before < 4 * 64 * MB


async def test_the_third_export_of_a_user_waits_and_other_users_do_not(
    platform: Platform,
) -> None:
    async with AsyncExitStack() as closing:
        first = AsyncExitStack()
        readers = [await first.enter_async_context(opened_request(platform, EXPORT))]
        readers += [await closing.enter_async_context(opened_request(platform, EXPORT))]
        readers += [
            await closing.enter_async_context(opened_request(platform, EXPORT, login="north")) for _ in range(2)
        ]
        for reader in readers:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        third = await closing.enter_async_context(opened_request(platform, f"{EXPORT}&range=0-0"))
        waiting = asyncio.create_task(third.readuntil(b"\r\n\r\n"))
        done, _ = await asyncio.wait({waiting}, timeout=1)
        assert not done
        await first.aclose()
        async with asyncio.timeout(20):
            assert (await waiting).startswith(b"HTTP/1.1 206 ")


async def test_one_user_leaves_room_for_the_large_answers_of_another(platform: Platform) -> None:
    async with AsyncExitStack() as closing:
        readers = [
            await closing.enter_async_context(opened_request(platform, f"{LIST}&range={n}-99")) for n in range(12)
        ]
        heads = [await reader.readuntil(b"\r\n\r\n") for reader in readers]
        refused = [head for head in heads if head.startswith(b"HTTP/1.1 503 ")]
        assert 0 < len(refused) < len(heads)
        assert all(b"\r\nretry-after: 1\r\n" in head.lower() for head in refused)
        assert (await platform.ask(LIST, login="north")).status == 200

    async def there_is_room() -> bool:
        return (await platform.ask(LIST)).status == 200

    await until(there_is_room)
