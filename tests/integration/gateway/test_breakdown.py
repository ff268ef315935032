"""Statistics of the console, read from MongoDB: what is opened and closed by day, for filters and scopes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.gateway.parameters.filters import read_selection
from services.gateway.parameters.query import Query
from services.gateway.views.breakdown import Breakdown, read_breakdown
from services.gateway.views.snapshot import Snapshot, Snapshots
from shared.accounts.scopes import EVERYTHING, Visible
from shared.mongo import Database, Document
from tests.support.data.batches import Batches
from tests.support.data.contract_examples import example
from tests.support.data.directory import NORTH, PARK, SOUTH, TWO_AGENCIES_AND_A_PARK
from tests.support.data.tickets import AT_NORTH, Stored, stored, ticket_uid
from tests.support.measures.profiling import profiled

AT_SOUTH = {"agencyUid": SOUTH, "locationReferenceType": "AgencyLocation"}
AT_PARK = {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"}
OF_NORTH, OF_SOUTH = Visible("agencies", (NORTH,)), Visible("agencies", (SOUTH,))
OF_BOTH, OF_NONE, OF_PARK = Visible("agencies", (NORTH, SOUTH)), Visible("agencies"), Visible("patrimonies", (PARK,))
JANUARY = "from=2026-01-01&to=2026-01-31"
PROVIDER = "7943797a-93c4-73f9-48f8-6baea5e94d13"

Told = tuple[str, dict[str, Any]]


def cancelled(at: str) -> Told:
    return "TicketCancelled", {"date": at}


def reopened(at: str) -> Told:
    return "TicketReopened", {"date": at}


def life(number: int, place: Document, at: str, *told: Told, town: str = "Paris") -> list[Stored]:
    """Return the events of a ticket that is opened at `place`, in `town`."""
    content = example("event", "TicketOpened")["ticket"]
    content["address"]["city"] = town
    opening: Told = "TicketOpened", {"ticket": content, "locationRef": place, "openedDate": at}
    return [
        stored(ticket_uid(number), version, name, **own)
        for version, (name, own) in enumerate((opening, *told), start=1)
    ]


LIVES: Sequence[Sequence[Stored]] = (
    life(1, AT_NORTH, "2025-12-20T08:00:00.000Z", cancelled("2026-01-05T08:00:00.000Z"), town="Lille"),
    life(2, AT_SOUTH, "2026-01-03T08:00:00.000Z", ("TicketClosed", {"closingDate": "2026-01-05T23:30:00.000Z"})),
    life(3, AT_PARK, "2026-01-03T08:00:00.000Z", cancelled("2026-01-05T08:00:00.000Z")),
    life(4, AT_PARK, "2026-01-04T08:00:00.000Z", cancelled("2026-01-05T08:00:00.000Z")),
    life(5, AT_NORTH, "2026-01-04T08:00:00.000Z", cancelled("2026-01-31T23:00:00.000Z")),
    life(6, AT_NORTH, "2026-01-05T08:00:00.000Z"),
)
"""Number 1 was opened before the range; 2 is closed after midnight in Paris, 5 after the range."""
LATER: Sequence[Stored] = (
    stored(ticket_uid(3), 3, "TicketReopened", date="2026-01-06T08:00:00.000Z"),
    stored(ticket_uid(4), 3, "TicketReopened", date="2026-01-06T08:00:00.000Z"),
    stored(ticket_uid(4), 4, "TicketCancelled", date="2026-01-31T08:00:00.000Z"),
)
CLOSINGS: Sequence[tuple[str, Visible, dict[int, int]]] = (
    ("", EVERYTHING, {5: 1, 6: 1, 31: 1}),
    ("", OF_NORTH, {5: 1, 31: 1}),
    ("", OF_SOUTH, {6: 1, 31: 1}),
    ("", OF_BOTH, {5: 1, 6: 1, 31: 1}),
    ("", OF_PARK, {31: 1}),
    ("", OF_NONE, {}),
    (f"agency={SOUTH}", EVERYTHING, {6: 1, 31: 1}),
    (f"agency={NORTH},{SOUTH}", EVERYTHING, {5: 1, 6: 1, 31: 1}),
    (f"agency={SOUTH}", OF_NORTH, {31: 1}),
    (f"agency={NORTH}", OF_PARK, {31: 1}),
    ("location=lille", EVERYTHING, {5: 1}),
    ("location=lille", OF_SOUTH, {}),
    ("fulltext=lille", EVERYTHING, {5: 1}),
    ("fulltext=lille", OF_NORTH, {5: 1}),
    ("fulltext=lille", OF_SOUTH, {}),
    ("status=CLOSED", EVERYTHING, {5: 1, 6: 1, 31: 1}),
    ("status=OPENED", EVERYTHING, {}),
)
"""What is asked for and visible, and the closings by day of January after all events."""


async def counted(db: Database, query: str, visible: Visible) -> Breakdown:
    asked = Query(f"{JANUARY}&{query}".encode() if query else JANUARY.encode())
    selection = read_selection(asked, date(2026, 2, 1), fulltext_alone=False)

    async def read(snapshot: Snapshot) -> Breakdown:
        return await read_breakdown(db, selection, visible, snapshot)

    return await Snapshots(db).read(read)


async def test_closings_are_counted_on_their_day_whenever_the_ticket_was_opened(db: Database) -> None:
    batches = Batches(db, TWO_AGENCIES_AND_A_PARK)
    await batches.apply([event for told in LIVES for event in told])
    first = await counted(db, "", EVERYTHING)
    assert first.closings == {date(2026, 1, 5): 3, date(2026, 1, 6): 1}
    await batches.apply(LATER)
    for query, visible, closings in CLOSINGS:
        found = await counted(db, query, visible)
        assert found.closings == {date(2026, 1, day): count for day, count in closings.items()}, (query, visible)
    opened = await counted(db, "", EVERYTHING)
    assert opened.days == {
        date(2026, 1, 3): {"CLOSED": 1, "OPENED": 1},
        date(2026, 1, 4): {"CLOSED": 2},
        date(2026, 1, 5): {"OPENED": 1},
    }


def document(number: int) -> Document:
    """Return a ticket of many months; every other one is closed, four days after its opening."""
    created = datetime(2025, 6, 1, 12, tzinfo=UTC) + timedelta(days=number % 360)
    closed = {"closed": (created + timedelta(days=4)).date().isoformat()} if number % 2 else {}
    return {
        "_id": ticket_uid(number),
        "created": created,
        "status": "CLOSED" if closed else "OPENED",
        **closed,
        "agencies": [[NORTH], [SOUTH], [NORTH, SOUTH]][number % 3],
        **({"patrimony": PARK} if number % 5 == 0 else {}),
        "town": f"town {number % 7}",
        "purpose": f"purpose {number % 6}",
        **({"provider": PROVIDER} if number % 4 == 1 else {}),
        "head": b"{}",
    }


async def test_closings_are_counted_along_the_keys_of_tickets_that_were_closed_in_the_range(db: Database) -> None:
    tickets = [document(number) for number in range(1_800)]
    await db.tickets.insert_many(tickets)
    in_range = [each for each in tickets if "2026-01-01" <= each.get("closed", "") <= "2026-01-31"]
    assert 0 < len(in_range) < len(tickets) / 10
    for visible in (EVERYTHING, OF_NORTH, OF_BOTH, OF_PARK):
        for query in ("", "status=CLOSED", f"agency={NORTH}", "location=town+1", f"activeproviders={PROVIDER}"):
            queries: list[Document] = []
            async with profiled(db, queries, "tickets"):
                found = await counted(db, query, visible)
            (cost,) = [one for one in queries if "$closed" in str(one["command"])]
            assert sum(found.closings.values()) > 0
            assert cost["keysExamined"] <= 2 * len(in_range) + 2, (query, visible, cost)
            in_keys = not (visible == OF_PARK and "agency" in query)
            assert cost["docsExamined"] <= (0 if in_keys else len(in_range)), (query, visible, cost)
