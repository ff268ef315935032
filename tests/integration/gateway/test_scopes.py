"""Scopes: what a user may not see is in no answer, total or statistic; what the user may see is in all of them.

Random users of a random park send random queries while its tickets are opened, changed and moved. An independent model
computes each expected answer.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from services.gateway.access import Access
from services.gateway.answers.waiting import Waiting
from services.gateway.app import routes
from services.gateway.endpoints.account import Account
from services.gateway.endpoints.commands import CommandEndpoint, Forwarder
from services.gateway.endpoints.directory import DirectoryLists
from services.gateway.endpoints.export import Export
from services.gateway.endpoints.feed import Feed
from services.gateway.endpoints.feed_stream import FeedStream, places
from services.gateway.endpoints.login import Login
from services.gateway.endpoints.stats import Stats
from services.gateway.endpoints.tickets import Tickets
from shared.accounts.callers import Callers
from shared.clock import utc_now, wire
from shared.directory.replica import DirectoryReplica
from tests.integration.gateway.gateway_platform import Platform, platform_on
from tests.support.clients.event_streams import STREAM, streamed
from tests.support.clients.http import Answer
from tests.support.data.batches import Batches
from tests.support.data.random_park import Park
from tests.support.engines.chosen_engines import Engines
from tests.support.expected.read_answers import (
    PARIS,
    Asked,
    ShownTicket,
    in_feed,
    in_stream,
    newest_first,
    page,
    statistics,
)
from tests.support.expected.views import until

ROUNDS, EVENTS, QUESTIONS = 14, 60, 150
AT_ONCE = 10
LIST, EXPORT, STATS = "/api/v1/tickets", "/api/v1/tickets/export", "/api/v1/tickets/stats"
DETAIL, FEED = "/api/v1/tickets/{ticket_uid}", "/api/vEvent/tickets"
ME, AGENCIES, PATRIMONIES = "/api/v1/me", "/api/v1/agencies", "/api/v1/patrimonies"
PROVIDERS, OPERATORS = "/api/v1/providers", "/api/v1/operators"
DIRECTORY = (AGENCIES, PATRIMONIES, PROVIDERS, OPERATORS)
SCOPED = (LIST, EXPORT, STATS, DETAIL, FEED, AGENCIES, PATRIMONIES)
READS = (*SCOPED, PROVIDERS, OPERATORS, ME)
NOT_THERE = {"errorType": "NotFound", "message": "There is no such ticket."}


class Question(NamedTuple):
    """A user's question: a path of the contract with its query, and the ticket of a detail."""

    login: str
    path: str
    asked: Asked
    ticket: str = ""
    today: date = date.min

    def target(self) -> str:
        """Return the path and query as they are sent."""
        pairs = [f"{name}={','.join(quote(one, safe='') for one in values)}" for name, values in self.asked.items()]
        return self.path.replace("{ticket_uid}", self.ticket) + "?" + "&".join(pairs)


@pytest.fixture(scope="module")
def park() -> Park:
    return Park(Random(20260125), utc_now())  # noqa: S311 - the same park in every run


@pytest.fixture(scope="module")
def scopes(park: Park) -> dict[str, dict[str, Any]]:
    return park.scopes()


@pytest.fixture(scope="module")
async def town(
    engines: Engines, tmp_path_factory: pytest.TempPathFactory, park: Park, scopes: dict[str, dict[str, Any]]
) -> AsyncIterator[Platform]:
    """Run a gateway with the park's directory and users."""
    folder = tmp_path_factory.mktemp("town")
    async with platform_on(engines, folder, entries=park.entries, scopes=scopes) as running:
        yield running


def question(chance: Random, park: Park, login: str) -> Question:
    """Generate a question of the user `login`."""
    path = chance.choice([LIST, LIST, EXPORT, STATS, STATS, DETAIL, FEED, *DIRECTORY, ME])
    if path in DIRECTORY:
        return Question(login, path, park.looked_up())
    if path == ME:
        return Question(login, path, {})
    asked = dict(park.asked())
    if path == DETAIL:
        return Question(login, path, {}, chance.choice(list(park.tickets)))
    if path == FEED:
        first, last = park.window()
        paged = {name: values for name, values in asked.items() if name == "range"}
        return Question(login, path, paged | {"from": [first], "to": [last]})
    if chance.random() < 0.3:
        alone = {name: values for name, values in asked.items() if name == "range" or path == EXPORT}
        asked = alone | {"fulltext": park.searched()}
    return Question(login, path, asked)


def model_answer(park: Park, question: Question, scope: dict[str, Any], visible: list[ShownTicket]) -> tuple[Any, ...]:
    """Return the expected status, `Content-Range` and content for a user with `scope` and the tickets in `visible`."""
    asked = question.asked
    if question.path in DIRECTORY:
        return page(park.places.listed(question.path.rpartition("/")[2], asked, scope), asked, 100)
    if question.path == ME:
        held = scope | ({"uids": sorted(scope["uids"])} if "uids" in scope else {})
        return 200, None, {"login": question.login, "role": "operator", "scope": held}
    if question.path == DETAIL:
        found = [ticket for ticket in visible if ticket.uid == question.ticket]
        return (200, None, detail_of(found[0], park)) if found else (404, None, NOT_THERE)
    if question.path == FEED:
        return page(in_feed(visible, park.late, asked["from"][0], asked["to"][0]), asked, 100)
    ignored = {"activeproviders"} if question.path == STATS else set()
    selecting = {name: values for name, values in asked.items() if name not in ignored}
    selected = [ticket for ticket in visible if park.places.selects(selecting, ticket, question.today)]
    if question.path == STATS:
        return 200, None, statistics(selected, selecting, question.today)
    shown = export_of if question.path == EXPORT else item_of
    items = [shown(ticket, park) for ticket in newest_first(selected)]
    return page(items, asked, 20_000 if question.path == EXPORT else 100)


def item_of(ticket: ShownTicket, park: Park) -> tuple[str, list[str], str]:
    return ticket.uid, list(park.places.of(ticket)), ticket.status


def export_of(ticket: ShownTicket, park: Park) -> tuple[Any, ...]:
    return *item_of(ticket, park), list(ticket.comments.values())


def detail_of(ticket: ShownTicket, park: Park) -> tuple[Any, ...]:
    return *item_of(ticket, park), [event["eventType"] for event in ticket.events[1:]]


def contents(path: str, body: bytes) -> Any:
    """Return the part of a body that the expected reads describe."""
    fields = json.loads(body)
    if path == FEED:
        return fields["events"]
    if path == DETAIL and "uid" in fields:
        journal = [event["eventName"] for day in fields["journal"] for event in day["events"]]
        return *_item(fields), journal
    if path in DIRECTORY:
        return [entry["uid"] for entry in fields["result"]]
    if path == LIST:
        return [_item(item) for item in fields["result"]]
    if path == EXPORT:
        return [(*_item(item), [one["message"] for one in item["freeCommentaries"]]) for item in fields["result"]]
    return fields


def _item(item: Any) -> tuple[str, list[str], str]:
    return item["uid"], [agency["uid"] for agency in item["agencies"]], item["status"]


async def test_no_answer_shows_more_or_less_than_the_scope_holds(
    town: Platform, park: Park, scopes: dict[str, dict[str, Any]]
) -> None:
    batches, chance = Batches(town.db, park.entries), Random(7)  # noqa: S311 - the same questions in every run
    await batches.close_feed(park.closed)
    counts: Counter[tuple[str, str, bool]] = Counter()
    for _ in range(ROUNDS):
        events = park.happens(EVENTS)
        for start in range(0, EVENTS, 20):
            await batches.apply(events[start : start + 20])
        park.close()
        await batches.close_feed(park.closed)
        questions = [question(chance, park, chance.choice(list(scopes))) for _ in range(QUESTIONS)]
        for asked, answer in await answers(town, questions):
            sees = scopes[asked.login]
            visible = [ticket for ticket in park.tickets.values() if park.places.in_scope(ticket, sees)]
            expected = model_answer(park, asked, sees, visible)
            got = answer.status, answer.headers.get("Content-Range"), contents(asked.path, answer.body)
            assert got == tuple(expected), asked
            everything = model_answer(park, asked, {"kind": "everything"}, list(park.tickets.values()))
            counts[asked.path, sees["kind"], expected == everything] += 1
    assert {path for path, _, _ in counts} == set(READS)
    for path in SCOPED:
        for kind in ("accounts", "agencies", "patrimonies"):
            assert counts[path, kind, False] > 5, f"the scope was left without effect: {counts}"
    await streams_show_what_the_scopes_hold(town, park, scopes)


async def streams_show_what_the_scopes_hold(town: Platform, park: Park, scopes: dict[str, dict[str, Any]]) -> None:
    """Stream all closed events to each user, and compare them with the model."""
    expected = {
        login: in_stream(
            (ticket for ticket in park.tickets.values() if park.places.in_scope(ticket, sees)),
            park.late,
            wire(park.closed),
        )
        for login, sees in scopes.items()
    }
    async with AsyncExitStack() as closing:
        begin = wire(utc_now() - timedelta(days=2))
        streams = {
            login: await closing.enter_async_context(streamed(town.url, town.cookies[login], **{"from": begin}))
            for login in scopes
        }

        async def all_came() -> bool:
            return all(len(streams[login].events) >= len(events) for login, events in expected.items())

        await until(all_came)
        for login, events in expected.items():
            assert streams[login].events == events, login
    assert len({len(events) for events in expected.values()}) > 3


async def answers(town: Platform, questions: list[Question]) -> list[tuple[Question, Answer]]:
    """Send a question, within one local day."""
    while True:
        today = datetime.now(PARIS).date()
        got: list[tuple[Question, Answer]] = []
        for start in range(0, len(questions), AT_ONCE):
            group = [one._replace(today=today) for one in questions[start : start + AT_ONCE]]
            asking = (town.ask(one.target(), one.login) for one in group)
            got += zip(group, await asyncio.gather(*asking), strict=True)
        if datetime.now(PARIS).date() == today:
            return got


def test_every_endpoint_that_reads_is_asked(town: Platform) -> None:
    callers, replica = Callers(town.db), DirectoryReplica(town.settings.kafka, "none")
    access = Access(callers, replica)
    endpoints = routes(
        login=Login(callers.sessions, domain=None),
        account=Account(access, Login(callers.sessions, domain=None)),
        directory=DirectoryLists(access, replica),
        tickets=Tickets(town.db, access),
        export=Export(town.db, access),
        stats=Stats(town.db, access),
        feed=Feed(town.db, access, Waiting()),
        feed_stream=FeedStream(town.db, access, places()),
        command=CommandEndpoint(access, Forwarder([])),
    )
    assert sorted(route.path for route in endpoints if "GET" in (route.methods or ())) == sorted((*READS, STREAM))
