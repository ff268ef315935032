"""Full text search in list, statistics and export, on texts that the projector's code has prepared."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from services.gateway.parameters.filters import Filter, Selection
from services.gateway.parameters.fulltext import LocatedTerm, Term, located_filter
from services.gateway.parameters.paging import Page
from services.gateway.views import finder as selecting
from services.gateway.views import terms as searching
from services.gateway.views.finder import Finder
from services.gateway.views.snapshot import Snapshot, Snapshots, in_snapshot
from services.projector.folds.search import searched
from services.projector.folds.vocabulary import Vocabulary
from shared.accounts.scopes import EVERYTHING, Visible
from shared.clock import utc_now
from shared.mongo import Session
from shared.read_model.local_days import local_day
from shared.storage.schema import NEWEST_FIRST
from tests.integration.gateway.gateway_platform import Platform
from tests.support.data.directory import NORTH, SOUTH
from tests.support.expected.views import store_tickets

LONG = "z" * 300
"""A word that is longer than an index stores."""
TEXTS = {
    1: ("Chauffage en panne", "12 rue de l'Église"),
    2: ("La vitre du hall", "Mme Œuvrard"),
    3: ("chauffe-eau", "panne totale"),
    4: ("Straße 7", "SN-778/B", f"{LONG} fin"),
}
COMMENTARIES = {2: "Le chauffage aussi.", 4: "Rappelé à 10h"}


def uid(number: int) -> str:
    return f"{number:08d}-b7ca-18f6-d5f3-3dfbcbaee1a2"


@pytest.fixture(scope="module", autouse=True)
async def views(platform: Platform) -> AsyncIterator[None]:
    tickets = []
    for number, texts in TEXTS.items():
        created = utc_now() - timedelta(hours=1, minutes=-number)
        place = {"agencies": [SOUTH if number == 4 else NORTH]}
        tickets.append(
            {
                "_id": uid(number),
                "version": 2,
                "created": created,
                "day": local_day(created).isoformat(),
                "status": "CLOSED" if number == 3 else "OPENED",
                "town": "paris",
                "purpose": "leak",
                "commented": 0,
                "item": b"%d" % number,
                "export": b'{"number":%d}' % number,
            }
            | place
            | searched(texts, Vocabulary())
        )
        if number in COMMENTARIES:
            line = {"_id": f"{uid(number)}:2", "ticket": uid(number), "version": 2} | place
            await platform.db.journal.insert_one(line | searched([COMMENTARIES[number]], Vocabulary()))
    await store_tickets(platform.db, tickets)
    yield
    await platform.db.tickets.delete_many({})
    await platform.db.stats.delete_many({})
    await platform.db.journal.delete_many({})


@pytest.mark.parametrize(
    ("terms", "login", "numbers"),
    [
        ("chauffage", "all", [2, 1]),
        ("CHAUFF", "all", [3, 2, 1]),
        ("hauffage", "all", []),
        ("panne", "all", [3, 1]),
        ("panne,chauffage", "all", [1]),
        ("chauffage,vitre", "all", [2]),
        ("chauffage+vitre", "all", []),
        ("en+pan", "all", [1]),
        ("panne+en", "all", []),
        ("chauffage+panne", "all", []),
        ("église", "all", [1]),
        ("rue+de+l%27eglise", "all", [1]),
        ("strasse", "all", [4]),
        ("778+b", "all", [4]),
        ("sn-778", "all", [4]),
        ("rappele", "all", [4]),
        ("rappele", "north", []),
        ("chauffage", "north", [2, 1]),
        ("chauff", "account", [3, 2, 1]),
        ("chauffage,vitre", "north", [2]),
        ("rue+de+l%27egl,pan", "north", [1]),
        ("chauffage+vitre", "north", []),
        ("hauffage", "north", []),
        ("ue+de", "north", []),
        ("chauffage", "nothing", []),
        ("straße,rappelé", "all", [4]),
        ("pann.", "all", [3, 1]),
        ("oeuvr", "all", [2]),
        (LONG, "all", [4]),
        (LONG[:250], "all", [4]),
        (f"{LONG[:250]}y", "all", []),
        (f"{LONG}+fi", "all", [4]),
        (f"{LONG}z+fin", "all", []),
        ("x" * 1_000, "all", []),
    ],
)
async def test_every_term_must_occur_inside_one_text(
    platform: Platform, terms: str, login: str, numbers: list[int]
) -> None:
    query = quote(terms, safe="+,%")
    answer = await platform.ask(f"/api/v1/tickets?fulltext={query}&range=0-9", login)
    assert answer.status == 200
    assert json.loads(answer.body)["result"] == numbers
    stats = await platform.ask(f"/api/v1/tickets/stats?fulltext={query}", login)
    assert json.loads(stats.body)["newTickets"]["lastSevenDays"] == len(numbers)


@pytest.mark.parametrize("terms", ["%2C,,+", ".*", "%00"])
async def test_a_term_without_letter_or_digit_is_as_if_absent(platform: Platform, terms: str) -> None:
    answer = await platform.ask(f"/api/v1/tickets?fulltext={terms}&status=OPENED")
    assert json.loads(answer.body)["result"] == [4, 2, 1]


async def test_an_export_combines_it_with_other_filters(platform: Platform) -> None:
    answer = await platform.ask("/api/v1/tickets/export?fulltext=chauff&status=CLOSED")
    assert [ticket["number"] for ticket in json.loads(answer.body)["result"]] == [3]


@pytest.mark.parametrize("most", [0, 1, 50])
@pytest.mark.parametrize(("term", "numbers"), [(("chauff",), [3, 2, 1]), (("en", "pan"), [1]), (("chaud",), [])])
async def test_a_beginning_finds_all_of_its_words(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, most: int, term: tuple[str, ...], numbers: list[int]
) -> None:
    monkeypatch.setattr(searching, "MOST_ENDINGS", most)
    (wanted,) = await looked_up(platform, term)
    found = await platform.db.tickets.find(wanted, {"_id": 1}).sort(list(NEWEST_FIRST)).to_list(None)
    assert [ticket["_id"] for ticket in found] == list(map(uid, numbers))


async def test_a_word_of_too_many_commentaries_is_refused(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "COMMENTED_AT_MOST", 0)
    with pytest.raises(searching.TooManyFoundError):
        await looked_up(platform, ("chauffage",))


async def test_the_commentaries_of_all_terms_count_together(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = (("chauffage",), ("rappele",))
    monkeypatch.setattr(searching, "COMMENTED_AT_MOST", 2)
    assert len(await looked_up(platform, *terms)) == 2
    monkeypatch.setattr(searching, "COMMENTED_AT_MOST", 1)
    with pytest.raises(searching.TooManyFoundError):
        await looked_up(platform, *terms)


async def test_the_look_ups_of_all_terms_have_one_time_limit(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 0.0, 0.0, 3.0])
    monkeypatch.setattr(searching, "monotonic", lambda: next(clock))
    with pytest.raises(searching.TooManyFoundError):
        await looked_up(platform, ("vitre",), ("hall",))


@pytest.mark.parametrize("once", [0, 1_000])
async def test_a_page_of_a_scope_is_found_in_order_in_one_walk_or_two(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, once: int
) -> None:
    monkeypatch.setattr(selecting, "WALKED_ONCE", once)
    visible, terms = Visible("agencies", tuple(sorted((NORTH, SOUTH)))), (Term(("chauff",)),)

    async def read(snapshot: Snapshot) -> tuple[int, list[str]]:
        found = await Finder(platform.db).find_page(Selection(terms=terms), visible, Page(1, 5), snapshot)
        tickets = platform.db.tickets.find(found.query.filter, session=snapshot.session, **found.query.hint)
        page = await tickets.sort(list(NEWEST_FIRST)).skip(found.skip).to_list(None)
        return found.total, [ticket["_id"] for ticket in page]

    assert await Snapshots(platform.db).read(read) == (3, [uid(2), uid(1)])


async def test_a_term_that_is_repeated_counts_once(platform: Platform) -> None:
    answer = await platform.ask("/api/v1/tickets?fulltext=" + ",".join(["panne"] * 21))
    assert answer.status == 200


async def looked_up(platform: Platform, *words: tuple[str, ...]) -> list[Filter]:
    terms = list(map(Term, words))

    async def look_up(session: Session) -> list[LocatedTerm]:
        return await searching.locate_terms(platform.db, terms, EVERYTHING, session)

    return list(map(located_filter, await in_snapshot(platform.db, look_up)))
