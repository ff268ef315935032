"""Every parameter of every read: valid values, combinations, invalid values and pages, compared with expected reads."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any
from urllib.parse import quote

import pytest

from shared.clock import utc_now
from tests.integration.gateway.gateway_platform import USERS, Platform, platform_on
from tests.integration.gateway.known_tickets import ENTRIES, PLACES, VARIED, describe, known_tickets
from tests.integration.gateway.parameters import (
    ENDPOINTS,
    FEED_WINDOW,
    FILTERS,
    INSTANT,
    LISTS,
    NO_BAD_VALUE,
    PARAMETERS,
    PATHS,
    SELECTING,
    TICKET,
    UNKNOWN,
    bad_values,
    good_values,
)
from tests.support.clients.http import Answer
from tests.support.data.batches import Batches
from tests.support.engines.chosen_engines import Engines
from tests.support.expected.read_answers import PARIS, Asked, ShownTicket, in_feed, newest_first, page, statistics

NEVER_LATE: Mapping[str, str] = defaultdict(str)
LARGEST = {"listTickets": 100, "exportTickets": 20_000, "listTicketEvents": 100}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@dataclass(frozen=True, slots=True)
class Town:
    """A gateway and the tickets it serves."""

    platform: Platform
    tickets: list[ShownTicket]

    async def asked(self, endpoint: str, query: str, asked: Asked) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Send a read; return the answer and the expected answer, both of one local day."""
        while True:
            today = datetime.now(PARIS).date()
            answer = await self.platform.ask(f"{PATHS[endpoint]}?{query}")
            if datetime.now(PARIS).date() == today:
                return read(endpoint, answer), self.expected(endpoint, asked, today)

    def expected(self, endpoint: str, asked: Asked, today: date) -> tuple[Any, ...]:
        """Return status, `Content-Range`, `Accept-Range` and content of an answer."""
        if endpoint == "ticketStats":
            return 200, None, None, statistics(self.selected(asked, today), asked, today)
        largest = LARGEST.get(endpoint, 100)
        status, content_range, shown = page(self.found(endpoint, asked, today), asked, largest)
        return status, content_range, str(largest), shown

    def found(self, endpoint: str, asked: Asked, today: date) -> Sequence[Any]:
        """Return everything found on all pages: events of the feed, otherwise uids."""
        if endpoint == "listTicketEvents":
            return in_feed(self.tickets, NEVER_LATE, asked["from"][0], asked["to"][0])
        if endpoint in LISTS:
            return PLACES.listed(LISTS[endpoint], asked, USERS["all"])
        return [ticket.uid for ticket in newest_first(self.selected(asked, today))]

    def selected(self, asked: Asked, today: date) -> list[ShownTicket]:
        return [ticket for ticket in self.tickets if PLACES.selects(asked, ticket, today)]


def read(endpoint: str, answer: Answer) -> tuple[Any, ...]:
    """Return the part of an answer that the expected reads describe."""
    body = json.loads(answer.body)
    shown = body
    if answer.status < 300 and endpoint != "ticketStats":
        shown = body["events"] if endpoint == "listTicketEvents" else [item["uid"] for item in body["result"]]
    return answer.status, answer.headers.get("Content-Range"), answer.headers.get("Accept-Range"), shown


@pytest.fixture(scope="module")
async def town(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Run a gateway with the known tickets; all windows of the feed are closed."""
    folder = tmp_path_factory.mktemp("town")
    async with platform_on(engines, folder, entries=ENTRIES, scopes={"all": USERS["all"]}) as platform:
        lives = list(known_tickets(utc_now()))
        batches = Batches(platform.db, ENTRIES)
        await batches.apply([event for life in lives for event in life])
        await batches.close_feed(datetime(9999, 1, 1, tzinfo=UTC))
        yield Town(platform, describe(lives))


GOOD = [
    pytest.param(endpoint, query, asked, id=f"{endpoint} {query}")
    for endpoint, name in PARAMETERS
    for query, asked in good_values(endpoint, name)
]


def test_every_parameter_of_the_contract_has_good_values_and_bad_ones() -> None:
    queried = {(endpoint, name) for endpoint, name in PARAMETERS if name != "ticket_uid"}
    assert {pair for pair in queried if not good_values(*pair)} == set()
    assert {pair for pair in PARAMETERS if not bad_values(*pair)} == NO_BAD_VALUE.keys()
    for endpoint, name in queried:
        assert all(f"{name}=" in query for query, _ in good_values(endpoint, name))


@pytest.mark.parametrize("name", FILTERS)
def test_some_valid_value_selects_only_some_tickets(town: Town, name: str) -> None:
    today = datetime.now(PARIS).date()
    counts = [len(town.selected(asked, today)) for _, asked in FILTERS[name]]
    assert any(0 < count < len(town.tickets) for count in counts)


@pytest.mark.parametrize(("endpoint", "query", "asked"), GOOD)
async def test_a_good_value_selects_what_the_model_says(town: Town, endpoint: str, query: str, asked: Asked) -> None:
    answered, expected = await town.asked(endpoint, query, asked)
    assert answered == expected


@pytest.mark.parametrize("written", [TICKET, TICKET.upper(), f"%{ord(TICKET[0]):x}{TICKET[1:]}"])
async def test_a_ticket_is_found_by_its_uid_in_either_case(town: Town, written: str) -> None:
    answer = await town.platform.ask(f"/api/v1/tickets/{written}")
    assert (answer.status, json.loads(answer.body)["uid"]) == (200, TICKET)


def own_values(ticket: ShownTicket) -> Asked:
    """Return the query that selects a ticket by all its properties."""
    return {
        "agency": PLACES.of(ticket)[:1],
        "status": [ticket.status],
        "location": ["Nowhere", ticket.town],
        "from": [ticket.day()],
        "to": [ticket.day()],
        "callpurpose": [ticket.purpose],
        "activeproviders": [ticket.provider or "nobody"],
        "fulltext": [ticket.request.split()[0]],
    }


def query_of(asked: Asked) -> str:
    """Encode a query, also commas inside values."""
    return "&".join(f"{name}={','.join(quote(value, safe='') for value in values)}" for name, values in asked.items())


@pytest.mark.parametrize("endpoint", SELECTING)
async def test_filters_are_combined_with_and(town: Town, endpoint: str) -> None:
    incompatible = {row["parameter"] for row in ENDPOINTS[endpoint]["incompatibilities"]}
    names = [name for name in ENDPOINTS[endpoint]["parameters"] if name not in {"range", *incompatible}]
    varied = [ticket for ticket in town.tickets[:VARIED] if ticket.provider][::3]
    assert len(varied) == 8
    for number, ticket in enumerate(varied):
        own, other = own_values(ticket), own_values(varied[number - 1])
        together = {name: own[name] for name in names}
        answered, expected = await town.asked(endpoint, query_of(together), together)
        assert answered == expected
        if endpoint != "ticketStats":
            assert ticket.uid in answered[3]
        for name in names:
            if name not in ("from", "to"):
                changed = together | {name: other[name]}
                answered, expected = await town.asked(endpoint, query_of(changed), changed)
                assert answered == expected
    for pair in combinations(names, 2):
        own = {name: own_values(varied[3])[name] for name in pair}
        answered, expected = await town.asked(endpoint, query_of(own), own)
        assert answered == expected


@pytest.mark.parametrize(
    ("first", "last", "numbers"),
    [
        ("2024-03-30", "2024-03-30", [100]),
        ("2024-03-31", "2024-03-31", [102, 101]),
        ("2024-04-01", "2024-04-01", [103]),
        ("2024-03-30", "2024-03-31", [102, 101, 100]),
        ("2024-03-31", "2024-04-01", [103, 102, 101]),
        ("2024-10-26", "2024-10-26", [104]),
        ("2024-10-27", "2024-10-27", [106, 105]),
        ("2024-10-28", "2024-10-28", [107]),
        ("2024-10-26", "2024-10-27", [106, 105, 104]),
        ("2024-10-27", "2024-10-28", [107, 106, 105]),
        ("2024-04-02", "2024-10-25", []),
        ("2024-03-30", "2024-10-28", [107, 106, 105, 104, 103, 102, 101, 100]),
    ],
)
async def test_days_are_those_of_paris_when_clocks_change(
    town: Town, first: str, last: str, numbers: list[int]
) -> None:
    for endpoint in ("listTickets", "exportTickets"):
        answer = await town.platform.ask(f"{PATHS[endpoint]}?from={first}&to={last}")
        assert [int(item["uid"][:8]) for item in json.loads(answer.body)["result"]] == numbers
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    stats = await town.platform.ask(f"{PATHS['ticketStats']}?from={first}&to={last}")
    by_day = json.loads(stats.body)["ticketCreationFrequency"]["byDay"]
    assert by_day == pytest.approx(len(numbers) / days, abs=0.005)


OF_EIGHT = {"tickets": ("2024-03-30", "2024-10-28"), "events": ("2025-01-01T00:00:00.000Z", "2025-01-01T00:00:01.000Z")}
OF_NONE = {"tickets": ("1999-01-01", "2000-01-01"), "events": ("1999-01-01T00:00:00.000Z", "2000-01-01T00:00:00.000Z")}
OF_MANY = {"tickets": ("2020-01-01", "2020-01-02"), "events": ("2025-03-01T00:00:00.000Z", "2025-03-01T01:00:00.000Z")}


def spanned(endpoint: str, spans: Mapping[str, tuple[str, str]]) -> tuple[str, Asked]:
    """Return the query for a range of days, or of times on the feed, and its meaning."""
    first, last = spans["events" if endpoint == "listTicketEvents" else "tickets"]
    return f"from={first}&to={last}", {"from": [first], "to": [last]}


ANYWHERE = [
    (OF_EIGHT, None, 200, "0-7/8"),
    (OF_EIGHT, "", 200, "0-7/8"),
    (OF_EIGHT, "0-7", 200, "0-7/8"),
    (OF_EIGHT, "+0-7%20", 200, "0-7/8"),
    (OF_EIGHT, "00-007", 200, "0-7/8"),
    (OF_EIGHT, "0-8", 200, "0-7/8"),
    (OF_EIGHT, "0-99", 200, "0-7/8"),
    (OF_EIGHT, "0-99999999999999999999", 200, "0-7/8"),
    (OF_EIGHT, "0-0", 206, "0-0/8"),
    (OF_EIGHT, "0-6", 206, "0-6/8"),
    (OF_EIGHT, "3-5", 206, "3-5/8"),
    (OF_EIGHT, "1-7", 206, "1-7/8"),
    (OF_EIGHT, "7-8", 206, "7-7/8"),
    (OF_EIGHT, "7-107", 206, "7-7/8"),
    (OF_EIGHT, "8-8", 206, "8-8/8"),
    (OF_EIGHT, "8-107", 206, "8-8/8"),
    (OF_EIGHT, "500-600", 206, "8-8/8"),
    (OF_EIGHT, "99999999999999999999-99999999999999999999", 206, "8-8/8"),
    (OF_NONE, None, 200, "0-0/0"),
    (OF_NONE, "0-0", 200, "0-0/0"),
    (OF_NONE, "5-9", 200, "0-0/0"),
    (OF_MANY, "100-109", 206, "100-109/110"),
    (OF_MANY, "100-110", 206, "100-109/110"),
    (OF_MANY, "10-109", 206, "10-109/110"),
    (OF_MANY, "110-209", 206, "110-110/110"),
]
CUT_TO_A_HUNDRED = [
    (OF_MANY, None, 206, "0-99/110"),
    (OF_MANY, "0-109", 206, "0-99/110"),
    (OF_MANY, "5-109", 206, "5-104/110"),
    (OF_MANY, "0-5000", 206, "0-99/110"),
]
ALL_AT_ONCE = [
    (OF_MANY, None, 200, "0-109/110"),
    (OF_MANY, "0-109", 200, "0-109/110"),
    (OF_MANY, "5-109", 206, "5-109/110"),
    (OF_MANY, "0-5000", 200, "0-109/110"),
]
ANSWERED_PAGES = [
    *((endpoint, *row) for endpoint in LARGEST for row in ANYWHERE),
    *((endpoint, *row) for endpoint in ("listTickets", "listTicketEvents") for row in CUT_TO_A_HUNDRED),
    *(("exportTickets", *row) for row in ALL_AT_ONCE),
]


@pytest.mark.parametrize(("endpoint", "selection", "sent", "status", "content_range"), ANSWERED_PAGES)
async def test_an_answer_holds_the_page_that_it_says(
    town: Town,
    *,
    endpoint: str,
    selection: Mapping[str, tuple[str, str]],
    sent: str | None,
    status: int,
    content_range: str,
) -> None:
    query, asked = spanned(endpoint, selection)
    everything = town.found(endpoint, asked, date.max)
    answer = await town.platform.ask(f"{PATHS[endpoint]}?{query}{'' if sent is None else f'&range={sent}'}")
    span, _, count = content_range.partition("/")
    first, last = map(int, span.split("-"))
    assert len(everything) == int(count)
    assert read(endpoint, answer) == (status, content_range, str(LARGEST[endpoint]), everything[first : last + 1])


def bad_target(endpoint: str, name: str, value: str) -> str:
    """Return a request whose only fault is the value of this parameter."""
    if name == "ticket_uid":
        return PATHS[endpoint].replace("{ticket_uid}", value)
    rest = {"from": f"&to={INSTANT}", "to": f"&from={INSTANT}"}.get(name, f"&{FEED_WINDOW}")
    return f"{PATHS[endpoint]}?{name}={value}{rest if endpoint == 'listTicketEvents' else ''}"


def refused_by_name(answer: Answer, name: str) -> bool:
    """Return whether a request was refused because of this parameter."""
    if answer.status != 400 or "Content-Range" in answer.headers:
        return False
    refusal: dict[str, str] = json.loads(answer.body)
    named = refusal.pop("message").startswith(f"Parameter {name} ")
    return named and refusal == {"errorType": "BadRequest"}


@pytest.mark.parametrize(("endpoint", "name"), PARAMETERS)
async def test_bad_values_are_refused_by_name(town: Town, endpoint: str, name: str) -> None:
    values = bad_values(endpoint, name)
    answers = await asyncio.gather(*(town.platform.ask(bad_target(endpoint, name, value)) for value in values))
    taken = [
        (value, answer) for value, answer in zip(values, answers, strict=True) if not refused_by_name(answer, name)
    ]
    assert taken == []


@pytest.mark.parametrize(("query", "missing"), [("", "from"), (f"to={INSTANT}", "from"), (f"from={INSTANT}", "to")])
async def test_a_window_of_the_feed_has_two_ends(town: Town, query: str, missing: str) -> None:
    assert refused_by_name(await town.platform.ask(f"{PATHS['listTicketEvents']}?{query}"), missing)


INCOMPATIBLE = [
    (endpoint, row["parameter"], other)
    for endpoint, entry in ENDPOINTS.items()
    for row in entry.get("incompatibilities", [])
    for other in row["with"]
]


@pytest.mark.parametrize(("endpoint", "name", "other"), INCOMPATIBLE)
async def test_full_text_excludes_other_filters_on_list_and_statistics(
    town: Town, endpoint: str, name: str, other: str
) -> None:
    beside = good_values(endpoint, other)[0][0]
    for query in (f"{name}=vitre&{beside}", f"{beside}&range=0-9&{name}=vitre"):
        assert refused_by_name(await town.platform.ask(f"{PATHS[endpoint]}?{query}"), name)
    answered, expected = await town.asked(
        endpoint, f"{name}=vitre&{other}=&range=0-4", {name: ["vitre"], "range": ["0-4"]}
    )
    assert answered == expected


async def test_what_is_no_parameter_changes_nothing(town: Town) -> None:
    others = f"unknown=1&Location=Paris&agencies={UNKNOWN}&q"
    for endpoint in SELECTING:
        answered, expected = await town.asked(endpoint, f"{others}&location=evry", {"location": ["Évry"]})
        assert answered == expected
    answered, expected = await town.asked(
        "ticketStats", "fulltext=vitre&activeproviders=x&range=1-0", {"fulltext": ["vitre"]}
    )
    assert answered == expected


def good_target(endpoint: str) -> str:
    """Return a valid request."""
    query = f"?{FEED_WINDOW}" if endpoint == "listTicketEvents" else ""
    return PATHS[endpoint].replace("{ticket_uid}", TICKET) + query


TARGETS = [
    *map(good_target, ENDPOINTS),
    *(f"{PATHS[endpoint]}?{spanned(endpoint, OF_EIGHT)[0]}&range=2-3" for endpoint in LARGEST),
    *(
        bad_target(endpoint, name, bad_values(endpoint, name)[0])
        for endpoint, name in PARAMETERS
        if (endpoint, name) not in NO_BAD_VALUE
    ),
    f"/api/v1/tickets/{UNKNOWN}",
    f"{good_target('getTicket')}/",
    "/api/v1",
]


@pytest.mark.parametrize("target", TARGETS)
async def test_head_is_answered_as_get_without_the_body(town: Town, target: str) -> None:
    got, head = await town.platform.ask(target), await town.platform.ask(target, method="HEAD")
    assert (head.status, head.body) == (got.status, b"")
    compared = ("Content-Length", "Content-Type", "Content-Range", "Accept-Range")
    assert {name: head.headers.get(name) for name in compared} == {name: got.headers.get(name) for name in compared}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_without_a_session_the_answer_is_401(town: Town, endpoint: str, method: str) -> None:
    bad = {name: bad_values(endpoint, name) for name in ENDPOINTS[endpoint]["parameters"]}
    faulty = [bad_target(endpoint, name, values[0]) for name, values in bad.items() if values]
    for target in (good_target(endpoint), *faulty):
        answer = await town.platform.ask(target, None, method)
        assert (answer.status, answer.body) == (401, b"")


@pytest.mark.parametrize("login", [None, "all"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_path_accepts_only_the_methods_of_the_contract(town: Town, endpoint: str, login: str | None) -> None:
    path = PATHS[endpoint].replace("{ticket_uid}", TICKET)
    # openTicket has the same path as listTicketEvents
    allowed = ["GET", "HEAD", "POST"] if endpoint == "listTicketEvents" else ["GET", "HEAD"]
    for method in set(METHODS).difference(allowed):
        answer = await town.platform.ask(path, login, method)
        assert (answer.status, json.loads(answer.body)["errorType"]) == (405, "MethodNotAllowed")
        assert answer.headers["Allow"] == ", ".join(allowed)
    for unknown in (f"{path}/", f"{path}/x/y", path.upper()):
        answer = await town.platform.ask(unknown, login)
        assert (answer.status, json.loads(answer.body)["errorType"]) == (404, "NotFound")
