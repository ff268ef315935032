"""The cost of a scoped read depends on the tickets in scope: others change nothing that MongoDB examines."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from services.projector.folds.search import searched
from services.projector.folds.vocabulary import Vocabulary
from shared.mongo import Document
from shared.read_model.local_days import local_day
from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, PARK, SOUTH
from tests.support.expected.views import move_a_checkpoint, store_tickets
from tests.support.measures.profiling import profiled

START = datetime(2019, 3, 4, 5, tzinfo=UTC)
LIST, EXPORT, STATS = "/api/v1/tickets", "/api/v1/tickets/export", "/api/v1/tickets/stats"
HIDDEN, VISIBLE, BEHIND = range(400), range(1_000, 1_060), 9_999
"""Numbers of tickets, the last one without any of the words.

They are in the order of their uids, because MongoDB also reads the key after each one that it finds.
"""
PROVIDER, ELSEWHERE = "7943797a-93c4-73f9-48f8-6baea5e94d13", "b1dbc546-48bd-f49c-b76f-5028426d5321"
TWENTY = ",".join(f"{where}{number}" for number in range(10) for where in ("ours", "theirs"))
SEARCHES = (
    "theirs",
    "ours",
    "everybody",
    "nobody",
    "the",
    "theirs+alone",
    "theirs,ours,everybody",
    "spoken",
    "spoken+theirs",
    TWENTY,
)
CLOSINGS = "/statistics?from=2019-03-01&to=2019-04-01"
QUESTIONS = [
    *(f"{endpoint}?fulltext={terms}" for endpoint in (LIST, EXPORT, STATS) for terms in SEARCHES),
    f"{LIST}?fulltext=everybody&range=30-39",
    f"{LIST}?fulltext=everybody&range=70000-{'9' * 30}",
    f"{EXPORT}?fulltext=theirs&location=far&callpurpose=leak&status=OPENED&from=2019-01-01",
    f"{EXPORT}?fulltext=everybody&agency={NORTH}",
    f"{EXPORT}?fulltext=everybody&agency={SOUTH}",
    *(
        f"{endpoint}?{query}"
        for endpoint in (LIST, EXPORT, STATS)
        for query in (
            "location=far",
            "location=near,far&callpurpose=leak",
            f"activeproviders={ELSEWHERE}",
            f"agency={SOUTH}&location=near",
            f"agency={SOUTH},{NORTH}&callpurpose=leak",
        )
    ),
    *(f"{CLOSINGS}{more}" for more in ("", "&location=far", f"&agency={SOUTH}", "&fulltext=theirs", "&status=CLOSED")),
]


def ticket(number: int, place: Document, *texts: str, town: str, provider: str) -> Document:
    created = START + timedelta(minutes=number % 1_000)
    return {
        "_id": f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2",
        "version": 1,
        "created": created,
        "day": local_day(created).isoformat(),
        **({"status": "CLOSED", "closed": local_day(created).isoformat()} if number % 2 else {"status": "OPENED"}),
        **place,
        "town": town,
        "purpose": "leak",
        "provider": provider,
        "commented": 0,
        "item": b"%d" % number,
        "head": b'{"address":{"city":"far"},"callPurpose":"leak"}',
        "export": b'{"number":%d}' % number,
        **searched(("everybody", f"the n {number}", *texts), Vocabulary()),
    }


def tickets(numbers: Iterable[int], whose: str, place: Document, *, town: str, provider: str) -> list[Document]:
    return [
        ticket(number, place, f"{whose} alone", f"{whose}{number % 10}", town=town, provider=provider)
        for number in numbers
    ]


def commentary(of: Document, text: str) -> Document:
    """Return a commentary that does not fit into its ticket."""
    place = {field: of[field] for field in ("agencies", "patrimony") if field in of}
    return {"_id": f"{of['_id']}:2", "ticket": of["_id"], "version": 2} | place | searched([text], Vocabulary())


def others(login: str) -> list[Document]:
    """Return tickets that `login` may not see."""
    place = {"agencies": [NORTH if login == "park" else SOUTH]}
    return tickets(HIDDEN, "theirs", place, town="far", provider=ELSEWHERE)


@pytest.fixture(autouse=True)
async def ours(platform: Platform) -> AsyncIterator[None]:
    """Store tickets that all tested users may see, and a few others."""
    seen = tickets(VISIBLE, "ours", {"agencies": [NORTH], "patrimony": PARK}, town="near", provider=PROVIDER)
    behind = ticket(BEHIND, {"agencies": [SOUTH]}, "else", town="else", provider="else")
    await store_tickets(platform.db, [*seen, behind])
    await platform.db.journal.insert_many([commentary(one, "spoken of ours") for one in seen[:5]])
    yield
    for collection in (platform.db.tickets, platform.db.stats, platform.db.journal):
        await collection.delete_many({})


async def cost(platform: Platform, target: str, login: str) -> tuple[int, list[tuple[str, str, int, int]]]:
    """Send a read; return its status, and collection, plan, keys and documents of each of its queries."""
    queries: list[Document] = []
    async with profiled(platform.db, queries, "tickets", "stats", "journal"):
        answer = await platform.ask(target, login)
    return answer.status, [
        (one["ns"].rpartition(".")[2], one["planSummary"], one["keysExamined"], one["docsExamined"]) for one in queries
    ]


@pytest.mark.parametrize("login", ["north", "account", "park"])
async def test_the_examined_documents_do_not_depend_on_tickets_out_of_scope(platform: Platform, login: str) -> None:
    alone = {target: await cost(platform, target, login) for target in QUESTIONS}
    stored = others(login)
    await platform.db.tickets.insert_many(stored)
    await platform.db.journal.insert_many([commentary(one, "spoken theirs") for one in stored[:50]])
    await move_a_checkpoint(platform.db)
    for target, alone_cost in alone.items():
        assert await cost(platform, target, login) == alone_cost, target
        assert alone_cost[0] in (200, 206)


async def test_a_word_of_the_scope_is_looked_for_among_the_scope_s_tickets_once(platform: Platform) -> None:
    await platform.db.tickets.insert_many(others("north"))
    _, queries = await cost(platform, f"{LIST}?fulltext=ours3", "north")
    on_tickets = [query for query in queries if query[0] == "tickets"]
    assert [documents for _, _, _, documents in on_tickets] == [len(VISIBLE), 6]
    assert sum(keys for _, _, keys, _ in on_tickets) <= len(VISIBLE) + 1 + 2 * 6
