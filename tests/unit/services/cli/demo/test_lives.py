"""The lives of the demonstration's tickets: accepted by the platform, of all kinds, and the same for a moment."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, get_args

import orjson

from services.cli.demo.lives import Life, Lives, ticket_uid
from services.cli.demo.opening import DAYS
from services.cli.demo.phrases import TRADES
from services.cli.demo.setup import demo_entries
from services.command.ticket.decide import Context, decide
from services.command.ticket.decision_state import DecisionState, evolve
from shared.accounts.scopes import Scope
from shared.accounts.users import User
from shared.clock import ZONE, instant
from shared.contract import EVENT_FACTS, CommandType, TicketEvent, dump, parse_increment, parse_open_ticket
from shared.contract.facts import EventFacts
from shared.directory.entries import Directory, ProviderContact, updated

NOW = datetime(2026, 3, 11, 15, 30, 12, 345_000, tzinfo=UTC)
"""A Wednesday."""
TICKETS = 800
USER = User("cccccccc-3baa-1cb1-575d-b0e98cf21d5c", "operator", Scope("everything"))
FACTS: dict[str, EventFacts] = {facts.command: facts for facts in EVENT_FACTS.values()}


@cache
def lives() -> list[Life]:
    made = Lives(demo_entries(), NOW)
    return [made.life(number) for number in range(TICKETS)]


def moments(life: Life) -> list[datetime]:
    dates = ((FACTS[command["commandType"]].date, command) for command in life.commands)
    return [instant(command[date]) for date, command in dates if date]


def events(life: Life, directory: Directory) -> list[TicketEvent]:
    """Return the events that the command service makes of a life."""
    state, made = DecisionState(life.ticket), []
    for command in life.commands:
        sent = orjson.dumps(command)
        opens = command["commandType"] == "OpenTicket"
        event: Any = decide(
            parse_open_ticket(sent) if opens else parse_increment(sent), state, Context(USER, NOW, directory)
        )
        assert event.processUid == command["processUid"], (command, event)
        state = evolve(state, event, len(dump(event)))
        made.append(event)
    return made


def test_every_command_is_accepted_and_every_kind_occurs() -> None:
    directory = updated(Directory(), demo_entries())
    kinds = Counter(event.eventType for life in lives() for event in events(life, directory))
    assert set(kinds) == set(EVENT_FACTS)


def test_every_state_is_the_last_of_some_ticket() -> None:
    last = {life.commands[-1]["commandType"] for life in lives()}
    assert {"OpenTicket", "AssignProvider", "AcceptMission", "ScheduleMission", "StartIntervention"} <= last
    assert {facts.command for facts in EVENT_FACTS.values() if facts.status == "CLOSED"} <= last
    assert len(last) > len(get_args(CommandType)) / 2
    closed = sum(FACTS[life.commands[-1]["commandType"]].status == "CLOSED" for life in lives())
    assert 0.7 < closed / TICKETS < 0.95


def test_they_are_the_same_for_the_same_moment() -> None:
    again = Lives(demo_entries(), NOW)
    assert [again.life(number) for number in (0, 7, 799)] == [lives()[number] for number in (0, 7, 799)]


def test_uids_do_not_depend_on_the_moment() -> None:
    later = Lives(demo_entries(), NOW + timedelta(days=3, hours=5))
    for number in range(50):
        life, before = later.life(number), lives()[number]
        assert life.ticket == before.ticket == ticket_uid(number)
        assert life.commands[0]["processUid"] == before.commands[0]["processUid"]
    uids = [command["processUid"] for life in lives() for command in life.commands]
    assert len(set(uids)) == len(uids)


def test_they_lie_in_the_last_sixty_days_in_order_and_never_ahead() -> None:
    for life in lives():
        dates = moments(life)
        assert NOW - timedelta(days=DAYS) <= dates[0]
        assert dates[-1] <= NOW
        assert dates == sorted(dates)
    assert moments(lives()[0])[0] == NOW - timedelta(days=DAYS)
    assert len({moments(life)[0].astimezone(ZONE).date() for life in lives()}) >= DAYS - 3


def test_working_days_and_hours_have_more_openings() -> None:
    opened = [moments(life)[0].astimezone(ZONE) for life in lives()]
    days, hours = Counter(each.weekday() for each in opened), Counter(each.hour for each in opened)
    assert days[0] > days[5] > 0
    assert days[0] > days[6] > 0
    assert sum(hours[hour] for hour in range(8, 20)) > 3 * sum(hours[hour] for hour in range(6))


def test_there_is_something_of_everything() -> None:
    openings = [life.commands[0] for life in lives()]
    assert len({opening["ticket"]["callPurposeLabel"] for opening in openings}) == len(TRADES)
    assert len({opening["ticket"]["address"]["city"] for opening in openings}) > 15
    assert len({str(opening["locationRef"]) for opening in openings}) == 26
    assert len({str(opening["operator"]) for opening in openings}) == 5
    providers = {
        command["provider"]["providerUid"] for life in lives() for command in life.commands if "provider" in command
    }
    assert len(providers) == sum(isinstance(entry, ProviderContact) for entry in demo_entries())
    messages = [sum(command["commandType"] == "AddMessage" for command in life.commands) for life in lives()]
    assert max(messages) > 20


def test_some_deadlines_are_met_and_some_are_missed() -> None:
    outcomes = Counter[bool]()
    for life in lives():
        deadlines = [
            command["deadline"] for command in life.commands if command["commandType"] == "DefineInterventionDeadline"
        ]
        started = [command["startedDate"] for command in life.commands if command["commandType"] == "StartIntervention"]
        if deadlines and started:
            outcomes[instant(started[0]) <= instant(deadlines[0])] += 1
    assert min(outcomes[True], outcomes[False]) > 15


def test_telephones_are_those_kept_for_fiction() -> None:
    for life in lives():
        for command in life.commands:
            said = orjson.dumps(command).decode()
            for number in [part.partition('"')[0] for part in said.split('"phone":"')[1:]]:
                assert number.startswith(("063998", "019900"))
