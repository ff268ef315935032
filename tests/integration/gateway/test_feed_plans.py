"""Query costs of a page of the feed, from MongoDB's profile of the gateway's queries."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.clock import wire
from shared.mongo import Database, Document
from shared.storage.topics import PARTITIONS
from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.measures.profiling import profiled

START = datetime(2019, 3, 4, tzinfo=UTC)
MINUTES = 2_000
"""Minutes, with one event each: odd ones in NORTH, even ones in SOUTH; every third belongs to PARK."""
LATE_EACH, LATE = 15, 30
"""One event in this many is late, by this many minutes."""
FIRST, LAST = 500, 1_499
DATED, SENT = [480, 495], list(range(FIRST, LAST + 1))
"""The events in the window from FIRST to LAST."""
LATE_IN_WINDOW = len(range(480, LAST - LATE + 1, LATE_EACH))
PAGE = 100


def line(minute: int) -> Document:
    sent = START + timedelta(minutes=minute)
    return {
        "_id": f"{minute}:1",
        "ticket": f"ticket {minute}",
        "version": 1,
        "agencies": [NORTH] if minute % 2 else [SOUTH],
        **({} if minute % 3 else {"patrimony": PARK}),
        "sent": sent,
        **({} if minute % LATE_EACH else {"late": sent + timedelta(minutes=LATE)}),
        "event": b"%d" % minute,
    }


@pytest.fixture(autouse=True)
async def journal(platform: Platform) -> AsyncIterator[Database]:
    """Store two thousand events; all their windows are closed."""
    db, lines = platform.db, [line(minute) for minute in range(MINUTES)]
    await db.journal.insert_many(lines)
    for number in range(PARTITIONS):
        closed = {"feedUntil": START + timedelta(minutes=MINUTES)}
        await db.checkpoints.update_one({"_id": number}, {"$set": closed}, upsert=True)
    yield db
    await db.journal.delete_many({"_id": {"$in": [each["_id"] for each in lines]}})


@pytest.mark.parametrize("start", [0, 1, 300, 5_000])
@pytest.mark.parametrize(
    ("login", "every", "remainder"), [("all", 1, 0), ("north", 2, 1), ("account", 2, 1), ("park", 3, 0)]
)
async def test_a_page_costs_no_more_than_a_scan_of_its_window(
    platform: Platform, journal: Database, *, login: str, every: int, remainder: int, start: int
) -> None:
    first, last = (wire(START + timedelta(minutes=minute)) for minute in (FIRST, LAST))
    queries: list[Document] = []
    async with profiled(journal, queries, "journal"):
        target = f"/api/vEvent/tickets?from={first}&to={last}&range={start}-{start + PAGE - 1}"
        answer = await platform.ask(target, login)
    expected = [minute for minute in DATED + SENT if minute % every == remainder]
    assert json.loads(answer.body)["events"] == expected[start : start + PAGE]
    assert answer.headers["Content-Range"].endswith(f"/{len(expected)}")
    assert queries
    for query in queries:
        walks, _, fields = query["planSummary"].partition(" { ")
        assert walks in ("COUNT_SCAN", "IXSCAN"), query
        late = fields.startswith("late: 1, sent: 1")
        assert late or fields.startswith("sent: 1"), query
        assert late or "hasSortStage" not in query, query
        assert query["keysExamined"] <= 1 + (LATE_IN_WINDOW if late else len(SENT)), query
        assert query["docsExamined"] <= (PAGE if login == "all" else query["keysExamined"]), query
