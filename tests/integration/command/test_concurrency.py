"""Random commands to two command services at once are answered as if they had come one after the other."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, zip_longest
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.command import event_store
from services.command.event_store import EventStore
from services.command.handler import Accepted, CommandHandler
from services.command.ticket.decide import Context
from services.command.ticket.refusals import Refusal
from shared.clock import utc_now
from shared.contract import parse_increment, parse_open_ticket
from shared.directory import Directory, updated
from shared.mongo import Database
from shared.scopes import Scope
from shared.users import User
from tests.contract.shapes import COMMANDS, ERRORS, EVENTS
from tests.support.contract import command
from tests.support.directory import NORTH, PARK, TWO_AGENCIES_AND_A_PARK
from tests.support.history import Call, Kept, faults
from tests.support.model import CORRECTABLE, Fields
from tests.support.tasks import running
from tests.support.tickets import AT_NORTH

DIRECTORY = updated(Directory(), TWO_AGENCIES_AND_A_PARK)
ACTOR = User(NORTH, "operator", Scope("everything"))
SERVICES = 2


class Recorded(EventStore):
    """An event store that remembers the tickets of each group that it inserted."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.groups: list[list[str]] = []

    async def _insert(self, group: list[event_store._Waiting]) -> None:
        self.groups.append([waiting.event.ticket for waiting in group])
        await super()._insert(group)


@dataclass(frozen=True, slots=True)
class Services:
    """Two command services, as two processes would have them: nothing shared but the database."""

    db: Database
    stores: list[Recorded]
    handlers: list[CommandHandler]
    ticks: "count[int]" = field(default_factory=count)

    async def call(self, to: int, ticket: str, sent: Fields) -> Call:
        """Send a command to service number `to`."""
        body = json.dumps(sent).encode()
        parsed = parse_open_ticket(body) if sent["commandType"] == "OpenTicket" else parse_increment(body)
        began = next(self.ticks)
        outcome = await self.handlers[to].handle(ticket, parsed, Context(ACTOR, utc_now(), DIRECTORY))
        ended = next(self.ticks)
        if isinstance(outcome, Accepted):
            assert outcome.ticket == ticket
            return Call(sent, began, ended, outcome.event_type, outcome.version, outcome.body)
        assert isinstance(outcome, Refusal)
        return Call(sent, began, ended, outcome.error_type)

    async def kept(self, ticket: str) -> list[Kept]:
        """Read what is stored of a ticket."""
        documents = await self.db.events.find({"ticket": ticket}).sort("version", 1).to_list(None)
        assert all(document["_id"] == f"{ticket}:{document['version']}" for document in documents)
        return [Kept(event["version"], event["processUid"], bytes(event["body"])) for event in documents]

    def no_group_held_two_of_a_ticket(self) -> bool:
        """Look at every insert so far."""
        return all(len(set(group)) == len(group) for store in self.stores for group in store.groups)


@pytest.fixture
async def services(db: Database) -> AsyncIterator[Services]:
    stores = [Recorded(db) for _ in range(SERVICES)]
    async with running(*(store.write() for store in stores)):
        yield Services(db, stores, [CommandHandler(store) for store in stores])


class Step(NamedTuple):
    """A command, with numbers for uids: of one example, the same number is the same uid."""

    to: int
    ticket: int
    kind: str
    process: int
    target: int
    changed: dict[str, Any]

    def written(self, uids: Callable[[str], str]) -> Fields:
        """Write the command as it is sent."""
        fields = {"processUid": uids(f"process {self.process}"), "aggregateUid": None} | self.changed
        if self.kind == "CorrectTicketEventInformations":
            fields["targetedEvent"] = uids(f"process {self.target}")
        return command(self.kind, **fields)


PLACES = st.sampled_from(
    (
        *[AT_NORTH] * 3,
        {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"},
        {"patrimonyUid": NORTH, "locationReferenceType": "PatrimonyLocation"},
    )
)
DATES = (
    "2016-08-25T17:00:00.000Z",
    "2016-08-25T18:00:00.000Z",
    "2016-08-25T20:00:00.001+02:00",
    "2016-08-26T09:00:00.000Z",
)
ANY_DATE, LATER = st.sampled_from(DATES), st.sampled_from(DATES[1:])
CORRECTIONS = st.sampled_from(
    ({"request": "Mended"}, *[{"closingReport": "Mended"}] * 3, {"request": "Mended", "instructions": "\u00a0"}, {})
)
VARIED: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "OpenTicket": st.fixed_dictionaries({"locationRef": PLACES}),
    "UpdateTicket": st.fixed_dictionaries({"locationRef": PLACES}),
    "AssignProvider": st.just({}),
    "ScheduleMission": st.fixed_dictionaries({"startDate": ANY_DATE, "endDate": LATER}),
    "DefineInterventionDeadline": st.fixed_dictionaries({"deadline": ANY_DATE}),
    "ReportSendingServiceOrder": st.just({}),
    "ReportFormalNoticeForProvider": st.fixed_dictionaries({"reportDate": LATER, "deadline": ANY_DATE}),
    "CorrectTicketInformations": st.fixed_dictionaries({"fieldsToCorrect": CORRECTIONS}),
    "CorrectTicketEventInformations": st.fixed_dictionaries({"text": st.sampled_from(("Mended", "Mended", " "))}),
}
"""The commands whose answer depends on the ticket, or that it depends on: what they say differently each time."""
CORRECTABLE_COMMANDS = {EVENTS[event]["from_command"] for event in CORRECTABLE}
KINDS = (*COMMANDS, *sorted(CORRECTABLE_COMMANDS), *VARIED, *VARIED)


def steps_of(kind: str) -> st.SearchStrategy[Step]:
    """Make commands of one kind; few numbers for what can be corrected, so that repeats and right targets are many."""
    return st.builds(
        Step,
        to=st.integers(0, SERVICES - 1),
        ticket=st.sampled_from((0, 0, 0, 1, 1, 2)),
        kind=st.just(kind),
        process=st.integers(0, 7) if kind in CORRECTABLE_COMMANDS else st.integers(10, 60),
        target=st.integers(0, 7) | st.integers(61, 65),
        changed=VARIED.get(kind, st.just({})),
    )


STEPS = st.sampled_from(KINDS).flatmap(steps_of)
COMMON: tuple[tuple[Step, ...], ...] = (
    (
        Step(0, 0, "OpenTicket", 61, 0, {"locationRef": AT_NORTH}),
        Step(1, 1, "OpenTicket", 62, 0, {"locationRef": AT_NORTH}),
    ),
    (Step(1, 0, "AssignProvider", 63, 0, {}), Step(0, 0, "AddMessage", 64, 0, {})),
    (Step(0, 0, "DefineInterventionDeadline", 65, 0, {"deadline": "2016-08-25T20:00:00.000+02:00"}),),
    (
        Step(1, 0, "ReportFormalNoticeForProvider", 66, 0, {"reportDate": DATES[3], "deadline": DATES[0]}),
        Step(0, 0, "CorrectTicketEventInformations", 67, 64, {"text": "Mended"}),
    ),
)
"""What the first groups of every example hold as well, so that a ticket comes to where most commands are possible."""
GROUPS = st.lists(st.lists(STEPS, min_size=2, max_size=8), min_size=4, max_size=8)


@pytest.fixture
def seen() -> Iterator[set[str]]:
    """Collect the answers of all examples, among which must be every event and every error of the contract."""
    answers: set[str] = set()
    yield answers
    assert answers == {*EVENTS, *ERRORS["errors"]}


@given(groups=GROUPS)
@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    # Each example has tickets of its own; that services remember those of others is how they live.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_whatever_is_sent_at_once_is_answered_as_one_after_the_other(
    services: Services, seen: set[str], groups: list[list[Step]]
) -> None:
    example = uuid.uuid4()

    def uids(name: str) -> str:
        return str(uuid.uuid5(example, name))

    calls: dict[str, list[Call]] = {}

    async def take(step: Step) -> None:
        ticket = uids(f"ticket {step.ticket}")
        calls.setdefault(ticket, []).append(await services.call(step.to, ticket, step.written(uids)))

    for common, group in zip_longest(COMMON, groups, fillvalue=()):
        await asyncio.gather(*map(take, (*common, *group)))
    for ticket, answered in calls.items():
        assert not faults(ticket, answered, await services.kept(ticket))
        seen |= {call.answer for call in answered}
    assert services.no_group_held_two_of_a_ticket()


async def test_a_hundred_commands_at_once_on_one_ticket_are_all_taken(services: Services) -> None:
    ticket = str(uuid.uuid4())
    calls = [await services.call(0, ticket, opening())]
    calls += await asyncio.gather(*(services.call(n % SERVICES, ticket, message()) for n in range(100)))
    assert Counter(call.answer for call in calls) == {"TicketOpened": 1, "MessageAdded": 100}
    assert not faults(ticket, calls, await services.kept(ticket))


async def test_an_insert_holds_events_of_many_tickets_and_never_two_of_one(services: Services) -> None:
    tickets = [str(uuid.uuid4()) for _ in range(20)]
    await asyncio.gather(*(services.call(n % SERVICES, ticket, opening()) for n, ticket in enumerate(tickets)))
    many = [(n % SERVICES, ticket) for n in range(8) for ticket in tickets]
    await asyncio.gather(*(services.call(to, ticket, message()) for to, ticket in many))
    assert max(len(group) for store in services.stores for group in store.groups) > 5
    assert services.no_group_held_two_of_a_ticket()


def opening() -> Fields:
    return command("OpenTicket", processUid=str(uuid.uuid4()), aggregateUid=None, locationRef=AT_NORTH)


def message() -> Fields:
    return command("AddMessage", processUid=str(uuid.uuid4()))


class History(NamedTuple):
    """What was answered and what is stored of a ticket: opened, assigned, scheduled and commented on, in this order."""

    ticket: str
    calls: list[Call]
    events: list[Kept]

    def found(self) -> list[str]:
        return faults(self.ticket, self.calls, self.events)

    def only(self, *versions: int) -> "History":
        """Keep these versions alone, numbered anew in this order."""
        calls = [self.calls[old - 1]._replace(version=new) for new, old in enumerate(versions, 1)]
        events = [self.events[old - 1]._replace(version=new) for new, old in enumerate(versions, 1)]
        return self._replace(calls=calls, events=events)

    def stored(self, *events: Kept) -> "History":
        return self._replace(events=list(events))

    def refused(self, error: str, *, with_version: int) -> "History":
        """Add a second try to schedule that was refused while the command of `with_version` was in flight."""
        sent = command("ScheduleMission", processUid=str(uuid.uuid4()))
        at = self.calls[with_version - 1]
        return self._replace(calls=[*self.calls, Call(sent, at.sent, at.answered, error)])


@pytest.fixture
async def history(services: Services) -> History:
    ticket = str(uuid.uuid4())
    kinds = [command(kind, processUid=str(uuid.uuid4())) for kind in ("AssignProvider", "ScheduleMission")]
    life = [opening(), *kinds, message()]
    calls = [await services.call(n % SERVICES, ticket, sent) for n, sent in enumerate(life)]
    return History(ticket, calls, await services.kept(ticket))


NO_PROVIDER = "ImpossibleToScheduleMissionIfNoProviderIsAssigned"
DOCTORED: Mapping[str, tuple[Callable[[History], History], str]] = {
    "lost": (lambda told: told.stored(*told.events[:-1]), "version 4 was answered and is not stored so"),
    "gap": (lambda told: told.stored(told.events[0], *told.events[2:]), "versions are [1, 3, 4]"),
    "twice": (lambda told: told.stored(*told.events, told.events[3]._replace(version=5)), "is there twice"),
    "changed": (
        lambda told: told.stored(*told.events[:3], told.events[3]._replace(body=told.events[3].body + b" ")),
        "version 4 was answered and is not stored so",
    ),
    "nobody's": (lambda told: told._replace(calls=told.calls[:3]), "4 events are stored, 3 were answered"),
    "another ticket's": (lambda told: told._replace(ticket="another"), "stored under keys of another event"),
    "order": (lambda told: told.only(1, 2, 4, 3), "AddMessage was answered MessageAdded, in no state"),
    "taken": (lambda told: told.only(1, 3, 4), "ScheduleMission was answered MissionScheduled, in no state"),
    "stale": (lambda told: told.refused(NO_PROVIDER, with_version=3), f"was answered {NO_PROVIDER}, in no state"),
    "early": (
        lambda told: told.refused("ImpossibleToPerfomCommandOnNonExistingTicket", with_version=2),
        "ScheduleMission was answered ImpossibleToPerfomCommandOnNonExistingTicket, in no state",
    ),
}


@pytest.mark.parametrize("doctored", DOCTORED)
async def test_a_history_that_breaks_a_promise_is_told_from_one_that_keeps_them(
    history: History, doctored: str
) -> None:
    change, fault = DOCTORED[doctored]
    assert history.found() == []
    assert history.refused(NO_PROVIDER, with_version=2).found() == []
    assert fault in "; ".join(change(history).found())
