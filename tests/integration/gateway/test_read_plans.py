"""Query costs of list, export and statistics: every kind of query uses an index and reads no ticket in vain."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.projector.folds.search import searched
from services.projector.folds.vocabulary import Vocabulary
from shared.mongo import Database, Document
from shared.read_model.local_days import local_day
from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.expected.views import move_a_checkpoint, store_tickets
from tests.support.measures.profiling import profiled

START = datetime(2019, 3, 4, 5, tzinfo=UTC)
DAYS, A_DAY = 40, 100
TICKETS = DAYS * A_DAY
PROVIDER = "7943797a-93c4-73f9-48f8-6baea5e94d13"
ABSENT = "00000000-0000-4000-8000-000000000001"
PAGE = 20
DEEP = TICKETS // 2
CELLS = 12 * 7
"""Largest number of counter documents: partitions times values of the dimension."""

LIST, EXPORT, STATS = "/api/v1/tickets", "/api/v1/tickets/export", "/api/v1/tickets/stats"
AGENCY, BOTH = f"agency={NORTH}", f"agency={NORTH},{SOUTH}"
WINDOW = "from=2019-03-10&to=2019-04-05"

COUNTED = [
    "",
    "status=OPENED",
    WINDOW,
    f"{WINDOW}&status=CLOSED",
    "to=2019-04-05",
    AGENCY,
    f"{BOTH}&status=OPENED",
    f"location=town+1,town+2&{WINDOW}",
    "callpurpose=purpose+3",
    "callpurpose=purpose+1,purpose+2&status=OPENED",
]
COVERED = [
    "location=town+1,town+2&callpurpose=purpose+1",
    f"location=town+1&callpurpose=purpose+2&{WINDOW}",
    f"activeproviders={PROVIDER}",
    f"activeproviders={PROVIDER}&status=OPENED&{WINDOW}",
    f"activeproviders={PROVIDER}&location=town+1&callpurpose=purpose+2",
]
BESIDE_AGENCIES = [
    f"{AGENCY}&location=town+1",
    f"{BOTH}&callpurpose=purpose+1,purpose+2&status=OPENED&{WINDOW}",
    f"{BOTH}&activeproviders={PROVIDER}",
]
MORE_BESIDE_AGENCIES = [
    f"{AGENCY}&location=town+1&callpurpose=purpose+2",
    f"{BOTH}&activeproviders={PROVIDER}&location=town+1&callpurpose=purpose+2",
]
COUNTED_ALONG_AN_INDEX = [
    *(query for query in COVERED if "location" in query and "callpurpose" in query),
    *BESIDE_AGENCIES[:2],
    "fulltext=fuite",
]


def ticket(number: int) -> Document:
    created = START + timedelta(days=number // A_DAY, minutes=number % A_DAY)
    return {
        "_id": f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2",
        "version": 1,
        "created": created,
        "day": local_day(created).isoformat(),
        "status": "OPENED" if number % 3 else "CLOSED",
        "agencies": [[NORTH], [SOUTH], [NORTH, SOUTH]][number % 3],
        **({"patrimony": PARK} if number % 5 == 0 else {}),
        "town": f"town {number % 7}",
        "purpose": f"purpose {number % 6}",
        **({"provider": PROVIDER} if number % 4 == 0 else {}),
        "commented": 0,
        "item": b"%d" % number,
        "export": b'{"number":%d}' % number,
        **searched(("Fuite sous l'évier" if number % 10 == 0 else "Panne d'ascenseur", f"n {number}"), Vocabulary()),
    }


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[Database]:
    """Store a hundred tickets on each of forty days."""
    db = platform.db
    await store_tickets(db, [ticket(number) for number in range(TICKETS)])
    yield db
    await db.tickets.delete_many({})
    await db.stats.delete_many({})


async def queries_of(platform: Platform, target: str, login: str = "all") -> tuple[int, list[Document]]:
    """Send a read after a change; return the total it reports and MongoDB's profile of its queries."""
    await move_a_checkpoint(platform.db)
    queries: list[Document] = []
    async with profiled(platform.db, queries, "tickets", "stats", "journal"):
        answer = await platform.ask(target, login)
    assert answer.status in (200, 206), answer.body
    assert queries
    for query in queries:
        assert "COLLSCAN" not in query["planSummary"], query
        assert "hasSortStage" not in query, query
    return int(answer.headers.get("Content-Range", "/0").rpartition("/")[2]), queries


def on(queries: list[Document], collection: str) -> list[Document]:
    return [query for query in queries if query["ns"].endswith(f".{collection}")]


@pytest.mark.parametrize("start", [0, DEEP])
@pytest.mark.parametrize("endpoint", [LIST, EXPORT])
@pytest.mark.parametrize("query", COUNTED)
async def test_one_dimension_is_counted_on_counters_and_paged_by_day(
    platform: Platform, *, endpoint: str, query: str, start: int
) -> None:
    total, queries = await queries_of(platform, f"{endpoint}?{query}&range={start}-{start + PAGE - 1}")
    assert total > PAGE
    counted = on(queries, "stats")
    assert 1 <= len(counted) <= 2
    assert all(one["docsExamined"] <= CELLS for one in counted), counted
    if start >= total:
        assert on(queries, "tickets") == []
        return
    (page,) = on(queries, "tickets")
    assert page["docsExamined"] <= 2 * PAGE, page
    assert page["keysExamined"] <= 3 * (A_DAY + PAGE) + 7, page


@pytest.mark.parametrize("endpoint", [LIST, EXPORT])
async def test_a_page_near_an_earlier_one_reads_counters_once(platform: Platform, endpoint: str) -> None:
    await platform.ask(f"{endpoint}?location=town+3,town+4,town+5&range=1100-1119")
    _, queries = await queries_of(platform, f"{endpoint}?location=town+3,town+4,town+5&range=1120-1139")
    assert (len(on(queries, "stats")), len(on(queries, "tickets"))) == (1, 1)


@pytest.mark.parametrize(
    ("target", "pages"),
    [(f"{LIST}?location=town+1&range=0-9", 1), (f"{LIST}?location=town+1&range=450-459", 1), (STATS, 0)],
)
async def test_counters_are_read_again_only_after_a_change(platform: Platform, target: str, pages: int) -> None:
    first = await platform.ask(target)
    queries: list[Document] = []
    async with profiled(platform.db, queries, "tickets", "stats"):
        again = await platform.ask(target)
    assert (again.status, again.body) == (first.status, first.body)
    assert (len(on(queries, "stats")), len(on(queries, "tickets"))) == (0, pages)


async def test_counts_of_all_days_answer_for_some_days(platform: Platform) -> None:
    """The first range of days reads the days of its two months, the others are in one of these."""
    await platform.ask(f"{LIST}?callpurpose=purpose+2")
    queries: list[Document] = []
    totals = {}
    async with profiled(platform.db, queries, "stats"):
        for first, last in (("03-10", "04-05"), ("03-12", "03-12"), ("03-20", "04-01")):
            answer = await platform.ask(f"{LIST}?callpurpose=purpose+2&from=2019-{first}&to=2019-{last}&range=0-9")
            totals[f"2019-{first}", f"2019-{last}"] = int(answer.headers["Content-Range"].rpartition("/")[2])
    days = [each["day"] for each in map(ticket, range(TICKETS)) if each["purpose"] == "purpose 2"]
    assert totals == {(first, last): sum(first <= day <= last for day in days) for first, last in totals}
    assert len(queries) == 2


@pytest.mark.parametrize("endpoint", [LIST, EXPORT])
@pytest.mark.parametrize("query", [*COVERED, *BESIDE_AGENCIES])
async def test_other_filters_are_answered_from_the_index_and_only_the_page_is_read(
    platform: Platform, endpoint: str, query: str
) -> None:
    total, queries = await queries_of(platform, f"{endpoint}?{query}&range=5-{5 + PAGE - 1}")
    assert total > PAGE
    assert on(queries, "stats") == []
    count, page = on(queries, "tickets")
    assert count["docsExamined"] == 0, count
    assert page["docsExamined"] <= PAGE, page


@pytest.mark.parametrize("endpoint", [LIST, EXPORT])
@pytest.mark.parametrize("query", MORE_BESIDE_AGENCIES)
async def test_agencies_with_several_other_filters_read_at_most_the_tickets_of_one_index(
    platform: Platform, endpoint: str, query: str
) -> None:
    total, queries = await queries_of(platform, f"{endpoint}?{query}&range=5-{5 + PAGE - 1}")
    assert total > PAGE
    for one in on(queries, "tickets"):
        assert one["docsExamined"] <= one["keysExamined"] < TICKETS, one


@pytest.mark.parametrize("query", COUNTED)
async def test_statistics_of_one_dimension_read_only_counters(platform: Platform, query: str) -> None:
    _, queries = await queries_of(platform, f"{STATS}?{query}")
    assert on(queries, "tickets") == []
    assert 1 <= len(queries) <= 2
    assert all(one["docsExamined"] <= CELLS for one in queries), queries


@pytest.mark.parametrize("query", COUNTED_ALONG_AN_INDEX)
async def test_other_statistics_read_only_an_index(platform: Platform, query: str) -> None:
    _, queries = await queries_of(platform, f"{STATS}?{query}")
    (count,) = [one for one in on(queries, "tickets") if one["command"].get("limit") != 1]
    assert count["docsExamined"] == 0 < count["keysExamined"], count


@pytest.mark.parametrize("query", MORE_BESIDE_AGENCIES[:1])
async def test_statistics_of_agencies_with_several_filters_read_at_most_the_tickets_of_one_index(
    platform: Platform, query: str
) -> None:
    _, queries = await queries_of(platform, f"{STATS}?{query}")
    (count,) = on(queries, "tickets")
    assert count["docsExamined"] <= count["keysExamined"] < TICKETS, count


@pytest.mark.parametrize(
    ("terms", "share"), [("fuite", 10), ("FUI", 10), ("%C3%A9vier", 10), ("fuite,sous", 10), ("fuite+sous+l%27e", 10)]
)
@pytest.mark.parametrize("endpoint", [LIST, EXPORT, STATS])
async def test_full_text_finds_words_in_an_index_in_the_order_of_the_page(
    platform: Platform, *, endpoint: str, terms: str, share: int
) -> None:
    total, queries = await queries_of(platform, f"{endpoint}?fulltext={terms}&range=0-{PAGE - 1}")
    assert endpoint == STATS or total == TICKETS // share
    looked_up = [query for query in on(queries, "tickets") if query["command"].get("limit") == 1]
    assert len(looked_up) <= 2 * (terms.count(",") + 1)
    for query in on(queries, "tickets"):
        assert query["keysExamined"] <= TICKETS // share + PAGE, query


async def test_a_word_alone_is_counted_without_reading_a_ticket(platform: Platform) -> None:
    _, queries = await queries_of(platform, f"{LIST}?fulltext=fuite&range=0-{PAGE - 1}")
    count, page = [query for query in on(queries, "tickets") if query["command"].get("limit") != 1]
    assert (count["docsExamined"], page["docsExamined"]) == (0, PAGE)


@pytest.mark.parametrize(
    ("terms", "total"), [("n+77", 11), ("n+77,n+77", 11), ("panne,n+77", 10), ("n+77,panne+d%27asc", 10)]
)
async def test_the_search_starts_from_the_rarest_word_of_all_terms(platform: Platform, terms: str, total: int) -> None:
    found, queries = await queries_of(platform, f"{LIST}?fulltext={terms}")
    assert found == total
    for query in on(queries, "tickets"):
        assert query["docsExamined"] <= 11, query


@pytest.mark.parametrize("login", ["north", "account", "park", "nothing"])
@pytest.mark.parametrize("query", ["", "status=OPENED", f"location=town+1&{WINDOW}", f"activeproviders={PROVIDER}"])
@pytest.mark.parametrize("endpoint", [LIST, EXPORT, STATS])
async def test_what_a_scope_shows_goes_along_an_index(
    platform: Platform, *, endpoint: str, login: str, query: str
) -> None:
    await queries_of(platform, f"{endpoint}?{query}", login)


async def test_a_detail_reads_one_ticket(platform: Platform) -> None:
    queries: list[Document] = []
    async with profiled(platform.db, queries, "tickets", "journal"):
        assert (await platform.ask(f"{LIST}/{ABSENT}")).status == 404
    (query,) = queries
    assert query["planSummary"] in ("IDHACK", "EXPRESS", "IXSCAN { _id: 1 }"), query
