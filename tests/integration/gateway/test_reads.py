"""List, detail and statistics, read from views in a real MongoDB."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.mongo import Database
from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.expected.views import store_tickets

CALLER = "b1dbc546-48bd-f49c-b76f-5028426d5321"


def uid(number: int) -> str:
    return f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2"


def ticket(number: int, created: str, **fields: Any) -> dict[str, Any]:
    """Return a stored ticket whose views contain only its number; `created` is in UTC."""
    moment = datetime.fromisoformat(created).replace(tzinfo=UTC)
    return {
        "_id": uid(number),
        "version": 1,
        "created": moment,
        "day": created[:10],
        "status": "OPENED",
        "agencies": [NORTH],
        "town": "paris",
        "purpose": "leak",
        "item": b'{"item":%d}' % number,
        "head": b'{"head":%d}' % number,
        "state": b"{}",
    } | fields


def entry(number: int, version: int, date: str, day: str, *, listed: bool = True) -> dict[str, Any]:
    moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
    return {
        "_id": f"{uid(number)}:{version}",
        "ticket": uid(number),
        "version": version,
        "agencies": [NORTH],
        "sent": moment,
        "date": moment,
        "day": day,
        "entry": b'{"entry":%d}' % version if listed else None,
        "event": b"{}",
    }


TICKETS = [
    ticket(1, "2016-05-26T10:00", status="CLOSED", town="evry"),
    ticket(2, "2016-05-26T10:00", agencies=[SOUTH], purpose="heating none"),
    ticket(3, "2016-05-27T10:00", agencies=[NORTH, SOUTH], patrimony=PARK),
    ticket(4, "2016-05-28T22:30", agencies=[SOUTH], provider=CALLER, town="nice", day="2016-05-29"),
]


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[Database]:
    db = platform.db
    await store_tickets(db, TICKETS)
    await db.journal.insert_many(
        [
            entry(3, 1, "2016-05-26T08:00", "2016-05-26", listed=False),
            entry(3, 2, "2016-05-27T08:00", "2016-05-27"),
            entry(3, 3, "2016-05-26T22:30", "2016-05-27"),
            entry(3, 4, "2016-05-27T08:00", "2016-05-27"),
            entry(3, 5, "2016-05-26T09:00", "2016-05-26"),
            entry(2, 2, "2016-05-26T09:00", "2016-05-26"),
        ]
    )
    yield db
    for collection in (db.tickets, db.journal, db.stats):
        await collection.delete_many({})


@pytest.mark.parametrize(
    ("query", "login", "status", "content_range", "numbers"),
    [
        ("", "all", 200, "0-3/4", [4, 3, 1, 2]),
        ("?range=0-1", "all", 206, "0-1/4", [4, 3]),
        ("?range=2-9", "all", 206, "2-3/4", [1, 2]),
        ("?range=4-9", "all", 206, "4-4/4", []),
        ("?range=99999999999999999999-99999999999999999999", "all", 206, "4-4/4", []),
        ("?status=CLOSED", "all", 200, "0-0/1", [1]),
        ("?status=CLOSED&location=Nice", "all", 200, "0-0/0", []),
        ("?location=%C3%89VRY,nice", "all", 200, "0-1/2", [4, 1]),
        ("?callpurpose=Heating%2C+none", "all", 200, "0-0/1", [2]),
        (f"?agency={SOUTH.upper()}", "all", 200, "0-2/3", [4, 3, 2]),
        (f"?activeproviders={CALLER}", "all", 200, "0-0/1", [4]),
        ("?from=2016-05-27&to=2016-05-28", "all", 200, "0-0/1", [3]),
        ("?to=2016-05-28", "all", 200, "0-2/3", [3, 1, 2]),
        ("?from=2016-05-29", "all", 200, "0-0/1", [4]),
        ("", "north", 200, "0-1/2", [3, 1]),
        (f"?agency={SOUTH}", "north", 200, "0-0/1", [3]),
        ("", "account", 200, "0-1/2", [3, 1]),
        ("", "park", 200, "0-0/1", [3]),
        ("", "nothing", 200, "0-0/0", []),
    ],
)
async def test_a_list_holds_the_page_of_what_is_selected_and_visible(
    platform: Platform, *, query: str, login: str, status: int, content_range: str, numbers: list[int]
) -> None:
    answer = await platform.ask(f"/api/v1/tickets{query}", login)
    assert (answer.status, answer.headers["Content-Range"]) == (status, content_range)
    assert (answer.headers["Accept-Range"], answer.headers["Content-Type"]) == ("100", "application/json")
    assert answer.body == b'{"result":[' + b",".join(b'{"item":%d}' % number for number in numbers) + b"]}"


@pytest.mark.parametrize(
    ("target", "parameter"),
    [
        ("/api/v1/tickets?range=5-1", "range"),
        ("/api/v1/tickets?range=0-9&range=0-9", "range"),
        ("/api/v1/tickets?from=yesterday", "from"),
        ("/api/v1/tickets?location=%zz", "location"),
        ("/api/v1/tickets?fulltext=leak&range=0-9&status=OPENED", "fulltext"),
        ("/api/v1/tickets/stats?fulltext=leak&from=2016-05-26", "fulltext"),
        ("/api/v1/tickets/stats?status=open", "status"),
        ("/api/v1/tickets/17ab7b5b", "ticket_uid"),
        ("/api/v1/tickets/%zz", "ticket_uid"),
        ("/api/vEvent/tickets?from=2016-05-26T10:00:00Z", "to"),
        (f"/api/v1/tickets/{uid(3)}?anything=%zz", "anything"),
    ],
)
async def test_a_bad_parameter_is_named(platform: Platform, target: str, parameter: str) -> None:
    answer = await platform.ask(target)
    refusal = json.loads(answer.body)
    assert (answer.status, refusal["errorType"]) == (400, "BadRequest")
    assert refusal["message"].startswith(f"Parameter {parameter}")


async def test_a_detail_ends_with_the_journal_by_day(platform: Platform) -> None:
    answer = await platform.ask(f"/api/v1/tickets/{uid(3)}")
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "head": 3,
        "journal": [
            {"day": "2016-05-26", "events": [{"entry": 5}]},
            {"day": "2016-05-27", "events": [{"entry": 3}, {"entry": 2}, {"entry": 4}]},
        ],
    }


@pytest.mark.parametrize(
    ("number", "login", "status"),
    [(2, "all", 200), (2, "north", 404), (3, "north", 200), (3, "park", 200), (1, "park", 404), (9, "all", 404)],
)
async def test_a_ticket_out_of_scope_looks_like_a_missing_one(
    platform: Platform, number: int, login: str, status: int
) -> None:
    answer = await platform.ask(f"/api/v1/tickets/{uid(number)}", login)
    assert answer.status == status
    if status == 404:
        assert answer.body == b'{"errorType":"NotFound","message":"There is no such ticket."}'


async def test_details_that_are_read_together_keep_to_the_scope_of_each_user(platform: Platform) -> None:
    """Tickets 1 and 3 are North's, 3 is also in the park; the journal of 3 alone has entries."""
    seen = {"all": (1, 2, 3, 4), "north": (1, 3), "park": (3,)}
    asked = [(number, login) for number in (1, 2, 3, 4, 9) for login in seen] * 8
    answers = await asyncio.gather(*(platform.ask(f"/api/v1/tickets/{uid(number)}", login) for number, login in asked))
    for (number, login), answer in zip(asked, answers, strict=True):
        assert answer.status == (200 if number in seen[login] else 404), (number, login)
        assert (b'"head":%d,' % number in answer.body) == (number in seen[login])
        assert (b'"entry":5' in answer.body) == (number == 3)


@pytest.mark.parametrize("target", ["/api/v1/tickets?range=0-1", f"/api/v1/tickets/{uid(3)}", "/api/v1/tickets/stats"])
async def test_head_answers_as_get_without_the_body(platform: Platform, target: str) -> None:
    full, head = await platform.ask(target), await platform.ask(target, method="HEAD")
    assert (head.status, head.body) == (full.status, b"")
    for name in ("Content-Length", "Content-Type", "Content-Range", "Accept-Range"):
        assert head.headers.get(name) == full.headers.get(name)


async def test_a_query_that_takes_too_long_is_given_up(platform: Platform, views: Database) -> None:
    slowly = {"$function": {"body": "function() { sleep(5000); return true; }", "args": [], "lang": "js"}}
    await views.tickets.rename("aside")
    try:
        await views.command("create", "tickets", viewOn="aside", pipeline=[{"$match": {"$expr": slowly}}])
        answer = await platform.ask("/api/v1/tickets")
    finally:
        await views.drop_collection("tickets")
        await views.aside.rename("tickets")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert json.loads(answer.body)["errorType"] == "Unavailable"
