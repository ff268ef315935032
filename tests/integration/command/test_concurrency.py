"""Random commands sent to two command services at once are answered as if they had come one after the other."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import HealthCheck, example, given, settings

from services.command.event_store import ConflictError, EventStore, NewEvent
from services.command.handler import Accepted, CommandHandler
from services.command.ticket.decide import Command, Context, decide
from services.command.ticket.decision_state import DecisionState
from services.command.ticket.refusals import Forbidden, Refusal
from shared.accounts.scopes import Scope
from shared.accounts.users import User
from shared.clock import utc_now
from shared.contract import parse_increment, parse_open_ticket
from shared.contract.codec import dump
from shared.directory.entries import Directory, updated
from shared.mongo import Collection, Database, Document
from tests.contract.shapes import ERRORS, EVENTS
from tests.integration.command.command_platform import Services, error_of, user_uid, written
from tests.support.clients.steps import DATES, EVERY_KIND, GROUPS, Group, Step
from tests.support.data.directory import NORTH, TWO_AGENCIES_AND_A_PARK
from tests.support.data.tickets import AT_NORTH
from tests.support.expected.command_answers import Fields
from tests.support.expected.history import Call, Kept, faults
from tests.support.processes.tasks import running

DIRECTORY = updated(Directory(), TWO_AGENCIES_AND_A_PARK)
ACTOR = User(NORTH, "operator", Scope("everything"))

Answer = tuple[str, int | None, bytes]
"""The type of the event or of the error; for an event its version and its JSON."""
RANDOM = settings(
    derandomize=True,
    deadline=None,
    database=None,
    # Each example has its own tickets; services remember tickets of other examples, as in production.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients of two command services with one shared counter for time; `ask` sends a command to one of them."""

    db: Database
    sender: str
    ask: Callable[[int, str, Fields], Awaitable[Answer]]
    ticks: "count[int]" = field(default_factory=count)

    async def call(self, to: int, ticket: str, sent: Fields) -> Call:
        """Send a command to service number `to`."""
        began = next(self.ticks)
        answer = await self.ask(to, ticket, sent)
        return Call(sent, self.sender, began, next(self.ticks), *answer)

    async def play(self, groups: Sequence[Group]) -> dict[str, list[Call]]:
        """Send each group's commands at once, group after group, on new tickets; return each ticket's calls."""
        played = uuid.uuid4()
        calls: dict[str, list[Call]] = {}

        def uids(name: str) -> str:
            return str(uuid.uuid5(played, name))

        async def take(step: Step) -> None:
            ticket = uids(f"ticket {step.ticket}")
            calls.setdefault(ticket, []).append(await self.call(step.to, ticket, step.written(uids)))

        for group in groups:
            await asyncio.gather(*map(take, group))
        return calls

    async def faults(self, calls: Mapping[str, Sequence[Call]]) -> list[str]:
        """Compare the answers with the stored events."""
        return [fault for ticket in calls for fault in faults(ticket, calls[ticket], await self._kept(ticket))]

    async def _kept(self, ticket: str) -> list[Kept]:
        documents = await self.db.events.find({"ticket": ticket}).sort("version", 1).to_list(None)
        assert all(document["_id"] == f"{ticket}:{document['version']}" for document in documents)
        return [Kept(event["version"], event["processUid"], bytes(event["body"])) for event in documents]


def asking(handlers: Sequence[CommandHandler]) -> Callable[[int, str, Fields], Awaitable[Answer]]:
    """Return a function that handles commands in this process."""

    async def ask(to: int, ticket: str, sent: Fields) -> Answer:
        body = json.dumps(sent).encode()
        parsed = parse_open_ticket(body) if sent["commandType"] == "OpenTicket" else parse_increment(body)
        outcome = await handlers[to].handle(ticket, parsed, Context(ACTOR, utc_now(), DIRECTORY))
        if isinstance(outcome, Accepted):
            assert outcome.ticket == ticket
            return outcome.event_type, outcome.version, outcome.body
        assert isinstance(outcome, Refusal)
        return outcome.error_type, None, b""

    return ask


class Spy:
    """The collection of events; it remembers the tickets of each insert."""

    def __init__(self, events: Collection) -> None:
        self._events = events
        self.inserts: list[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)

    async def insert_many(self, documents: list[Document], **options: Any) -> Any:
        self.inserts.append([document["ticket"] for document in documents])
        return await self._events.insert_many(documents, **options)


@asynccontextmanager
async def two_services(
    db: Database, *, handler: type[CommandHandler] = CommandHandler, store: type[EventStore] = EventStore, spy: Spy
) -> AsyncGenerator[Clients, None]:
    """Run two command services that share only the database, as two processes do."""
    stores = [store(cast("Database", SimpleNamespace(events=spy))) for _ in range(2)]
    async with running(*(each.write() for each in stores)):
        yield Clients(db, ACTOR.uid, asking([handler(each) for each in stores]))


@pytest.fixture
def spy(db: Database) -> Iterator[Spy]:
    """Check all inserts of a test: none may hold two events of one ticket, because the first could be lost."""
    looking = Spy(db.events)
    yield looking
    assert looking.inserts
    assert all(len(set(tickets)) == len(tickets) for tickets in looking.inserts)


@pytest.fixture
async def clients(db: Database, spy: Spy) -> AsyncIterator[Clients]:
    async with two_services(db, spy=spy) as both:
        yield both


@pytest.fixture
def seen() -> Iterator[set[str]]:
    """Collect the answers of all examples; they must contain every event and every error of the contract."""
    answers: set[str] = set()
    yield answers
    assert answers == {*EVENTS, *ERRORS["errors"]}


@given(groups=GROUPS)
@example(groups=EVERY_KIND)
@settings(RANDOM, max_examples=80)
async def test_concurrent_commands_are_answered_as_if_sent_one_by_one(
    clients: Clients, seen: set[str], groups: Sequence[Group]
) -> None:
    calls = await clients.play(groups)
    assert not await clients.faults(calls)
    seen |= {call.answer for ticket in calls.values() for call in ticket}


@pytest.fixture
def over_http(commands: Services) -> Clients:
    async def ask(to: int, ticket: str, sent: Fields) -> Answer:
        opens = sent["commandType"] == "OpenTicket"
        answer = await commands.send(sent, None if opens else ticket, to=to)
        if answer.status == 400:
            return error_of(answer), None, b""
        assert answer.status == (201 if opens else 200), answer
        uid, _, version = answer.headers["Ticket-Version"].partition(":")
        assert uid == ticket
        event = answer.body.removeprefix(b'{"events":[').removesuffix(b"]}")
        return json.loads(event)["eventType"], int(version), event

    return Clients(commands.db, user_uid("all"), ask)


@given(groups=GROUPS)
@settings(RANDOM, max_examples=10)
async def test_two_processes_answer_concurrent_commands_as_if_sent_one_by_one(
    over_http: Clients, groups: list[Group]
) -> None:
    assert not await over_http.faults(await over_http.play(groups))


OPENING = Step(0, 0, "OpenTicket", 1, {"locationRef": AT_NORTH})
WITH_PROVIDER = (OPENING, Step(1, 0, "AssignProvider", 2))


def one_by_one(*steps: Step) -> list[Group]:
    return [[step] for step in steps]


class RefusesFromMemory(CommandHandler):
    """Refuses without reading whether another service has added events."""

    async def _handle(self, ticket: str, command: Command, context: Context) -> Accepted | Refusal | Forbidden:
        known = self._states.get(ticket)
        decision = decide(command, known, context) if known else None
        return decision if isinstance(decision, Refusal) else await super()._handle(ticket, command, context)


class DecidesOnce(CommandHandler):
    """Keeps its first decision when another service was faster, and only tries the next version."""

    async def _handle(self, ticket: str, command: Command, context: Context) -> Accepted | Refusal | Forbidden:
        state = self._states.get(ticket) or await self._caught_up(DecisionState(ticket))
        event = decide(command, state, context)
        if isinstance(event, Refusal | Forbidden):
            return await super()._handle(ticket, command, context)
        body = dump(event)
        for version in count(state.version + 1):
            with suppress(ConflictError):
                new = NewEvent(ticket, version, event.processUid, event.eventType, context.now, body)
                await self._store.append(new)
                return Accepted(ticket, version, event.eventType, body)
        raise AssertionError


class OverlooksConflicts(EventStore):
    """Treats an existing version as if it had been written."""

    async def append(self, event: NewEvent) -> None:
        with suppress(ConflictError):
            await super().append(event)


class Broken(NamedTuple):
    """Two services that break a promise, commands that show it, and the fault that must be found."""

    groups: list[Group]
    fault: str
    handler: type[CommandHandler] = CommandHandler
    store: type[EventStore] = EventStore


NOTICE = {"reportDate": DATES[1], "deadline": DATES[3]}
BROKEN = {
    "refuses from memory": Broken(
        one_by_one(*WITH_PROVIDER, Step(0, 0, "ScheduleMission", 3, {"startDate": DATES[0], "endDate": DATES[1]})),
        "ScheduleMission was answered ImpossibleToScheduleMissionIfNoProviderIsAssigned, in no state",
        handler=RefusesFromMemory,
    ),
    "decides once": Broken(
        [
            *one_by_one(*WITH_PROVIDER, Step(1, 0, "DefineInterventionDeadline", 3, {"deadline": DATES[0]})),
            *one_by_one(Step(0, 0, "AddMessage", 4)),
            *one_by_one(Step(1, 0, "DefineInterventionDeadline", 5, {"deadline": DATES[2]})),
            *one_by_one(Step(0, 0, "ReportFormalNoticeForProvider", 6, NOTICE)),
        ],
        "ReportFormalNoticeForProvider was answered FormalNoticeForProviderReported, in no state",
        handler=DecidesOnce,
    ),
    "overlooks conflicts": Broken(
        one_by_one(*WITH_PROVIDER, Step(0, 0, "AddMessage", 3)),
        "version 2 was answered and is not stored so",
        store=OverlooksConflicts,
    ),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
async def test_services_that_break_a_promise_are_found(db: Database, clients: Clients, case: Broken) -> None:
    assert not await clients.faults(await clients.play(case.groups))
    async with two_services(db, handler=case.handler, store=case.store, spy=Spy(db.events)) as broken:
        assert case.fault in "; ".join(await broken.faults(await broken.play(case.groups)))


async def test_hundreds_of_concurrent_commands_on_one_ticket_are_all_accepted(clients: Clients) -> None:
    ticket = str(uuid.uuid4())
    calls = [await clients.call(0, ticket, written("OpenTicket"))]
    calls += await asyncio.gather(*(clients.call(n % 2, ticket, written("AddMessage")) for n in range(200)))
    assert Counter(call.answer for call in calls) == {"TicketOpened": 1, "MessageAdded": 200}
    assert not await clients.faults({ticket: calls})


async def test_an_insert_holds_events_of_many_tickets_and_never_two_of_one(clients: Clients, spy: Spy) -> None:
    tickets = [str(uuid.uuid4()) for _ in range(20)]
    calls = {ticket: [await clients.call(0, ticket, written("OpenTicket"))] for ticket in tickets}

    async def comment(number: int, ticket: str) -> None:
        calls[ticket].append(await clients.call(number % 2, ticket, written("AddMessage")))

    await asyncio.gather(*(comment(n, ticket) for n in range(8) for ticket in tickets))
    assert max(map(len, spy.inserts)) > 5
    assert not await clients.faults(calls)
