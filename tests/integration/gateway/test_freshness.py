"""Reads that wait for written events: `If-Ticket-Version` on list and detail."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic

import pytest

from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, SOUTH
from tests.support.expected.views import store_tickets

HERE, ELSEWHERE, NOWHERE = (f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2" for number in range(3))
LIST = "/api/v1/tickets"


def as_new_as(ticket: str, version: int | str) -> dict[str, str]:
    return {"If-Ticket-Version": f"{ticket}:{version}"}


@pytest.fixture(autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    tickets = [
        {
            "_id": uid,
            "version": 3,
            "created": datetime(2016, 5, 26, 10, tzinfo=UTC),
            "day": "2016-05-26",
            "status": "OPENED",
            "agencies": [agency],
            "town": "paris",
            "purpose": "leak",
            "item": b'{"version":3}',
            "head": b'{"version":3}',
        }
        for uid, agency in ((HERE, NORTH), (ELSEWHERE, SOUTH))
    ]
    await store_tickets(platform.db, tickets)
    yield
    await platform.db.tickets.delete_many({})
    await platform.db.stats.delete_many({})


async def write(platform: Platform, version: int) -> None:
    rendered = b'{"version":%d}' % version
    await platform.db.tickets.update_one(
        {"_id": HERE}, {"$set": {"version": version, "item": rendered, "head": rendered}}
    )


@pytest.mark.parametrize("target", [LIST, f"{LIST}/{HERE}"])
@pytest.mark.parametrize("version", ["0", "2", "3", "0000003"])
async def test_what_is_there_is_shown_at_once(platform: Platform, target: str, version: str) -> None:
    answer = await platform.ask(target, "north", headers=as_new_as(HERE.upper(), version))
    assert answer.status == 200
    assert b'{"version":3' in answer.body


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (LIST, b'{"result":[{"version":6}]}'),
        (f"{LIST}/{HERE}", b'{"version":6,"journal":[]}'),
        (f"{LIST}?status=CLOSED", b'{"result":[]}'),
    ],
)
async def test_a_read_waits_until_the_view_is_as_new(platform: Platform, target: str, shown: bytes) -> None:
    reading = asyncio.create_task(platform.ask(target, "north", headers=as_new_as(HERE, 5)))
    await write(platform, 4)
    done, _ = await asyncio.wait([reading], timeout=0.5)
    assert not done
    await write(platform, 6)
    answer = await reading
    assert (answer.status, answer.body) == (200, shown)


@pytest.mark.parametrize(("ticket", "version"), [(HERE, 4), (ELSEWHERE, 3), (NOWHERE, 1)])
async def test_a_missing_version_or_a_ticket_out_of_scope_is_answered_with_503(
    platform: Platform, ticket: str, version: int
) -> None:
    began = monotonic()
    reading = (
        platform.ask(target, "north", headers=as_new_as(ticket, version)) for target in (LIST, f"{LIST}/{ticket}")
    )
    for answer in await asyncio.gather(*reading):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert "If-Ticket-Version" in json.loads(answer.body)["message"]
    assert monotonic() - began > 3


@pytest.mark.parametrize(
    "header",
    ["", "5", ":", f"{HERE}:", f"{HERE}:-1", f"{HERE}:x", f"{HERE}:٣", f"x{HERE}:1", f"{HERE}:1:1", "9" * 999],
)
@pytest.mark.parametrize("target", [LIST, f"{LIST}/{HERE}"])
async def test_a_header_that_names_no_version_is_refused(platform: Platform, target: str, header: str) -> None:
    answer = await platform.ask(target, headers={"If-Ticket-Version": header})
    assert answer.status == 400
    assert json.loads(answer.body)["message"].startswith("Header If-Ticket-Version must be")
