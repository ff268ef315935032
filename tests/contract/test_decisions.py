"""The decisions agree with the contract's tables for each command, event, field and error."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.command.ticket.decide import EVENT_OF, Command, Context, decide
from services.command.ticket.decision_state import DecisionState, evolve
from services.command.ticket.refusals import Refusal
from shared.accounts.scopes import Scope
from shared.accounts.users import User
from shared.contract import Record, Unreadable, dump, parse_event, parse_increment, parse_open_ticket
from shared.directory.entries import Directory, updated
from tests.contract.shapes import COMMANDS, ERRORS, EVENTS
from tests.support.data.directory import TWO_AGENCIES_AND_A_PARK
from tests.support.data.refusal_cases import ASSIGNED, CASES, DEADLINE_DEFINED, OPENED, Case, Event, body, named, placed
from tests.support.data.tickets import stored

TICKET = "eb0ea007-67af-4bf5-a34a-43dfca55717c"
NEW = "11111111-67af-4bf5-a34a-43dfca55717c"
USER = "cccccccc-3baa-1cb1-575d-b0e98cf21d5c"
DIRECTORY = updated(Directory(), TWO_AGENCIES_AND_A_PARK)
CONTEXT = Context(User(USER, "operator", Scope("everything")), datetime(2017, 1, 2, 3, 4, 5, tzinfo=UTC), DIRECTORY)
OPTIONAL = {
    "SafeUUID": TICKET,
    "String": "Given although it need not be",
    "Operator": {"userUid": USER, "operatorType": "ReferencedUser"},
    "Provider": {"providerUid": USER, "providerType": "ReferencedProvider"},
}
"""A value for each type of a command's optional fields."""
READY = (OPENED, ASSIGNED, DEADLINE_DEFINED, ("MessageAdded", {"processUid": USER}))
SUITED: dict[str, dict[str, Any]] = {
    "CorrectTicketEventInformations": {"targetedEvent": USER},
    "ReportFormalNoticeForProvider": {"reportDate": "2017-01-01T00:00:00.000Z", "deadline": "2017-02-01T00:00:00.000Z"},
    "ReportSendingServiceOrder": {"sendingDate": "2017-01-01T00:00:00.000Z"},
}
"""Fields with which a command is accepted on a ticket with the events of `READY`."""


def given(events: Iterable[Event]) -> DecisionState:
    state = DecisionState(TICKET)
    for version, (name, changed) in enumerate(events, 1):
        written = json.dumps(stored(TICKET, version, name, **changed).fields).encode()
        state = evolve(state, parse_event(written), len(written))
    return state


def parsed(sent: bytes) -> Command:
    return parse_open_ticket(sent) if json.loads(sent)["commandType"] == "OpenTicket" else parse_increment(sent)


def whole(name: str) -> dict[str, Any]:
    """Return the example of a command with all fields of the table, including optional ones."""
    example = placed(name, processUid=NEW, **SUITED.get(name, {}))
    return {
        field: OPTIONAL[fact["type"]] for field, fact in COMMANDS[name]["fields"].items() if field not in example
    } | example


def accepted(name: str) -> dict[str, Any]:
    """Return the event of a command with all fields, as JSON values."""
    state = given(() if name == "OpenTicket" else READY)
    event = decide(parsed(json.dumps(whole(name)).encode()), state, CONTEXT)
    assert isinstance(event, Record), event
    written: dict[str, Any] = json.loads(dump(event))
    return written


def test_the_decisions_cover_the_commands_and_the_events() -> None:
    assert {name: event.__name__ for name, event in EVENT_OF.items()} == {
        name: facts["produces"][0] for name, facts in COMMANDS.items()
    }
    assert {event.__name__ for event in EVENT_OF.values()} == set(EVENTS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_becomes_its_event_with_every_field_of_both_tables(name: str) -> None:
    sent, made = whole(name), accepted(name)
    (produced,) = COMMANDS[name]["produces"]
    assert list(made) == list(EVENTS[produced]["fields"])
    renamed = {"fieldsToCorrect": "fieldsCorrected"}
    fields = {renamed.get(field, field): value for field, value in sent.items() if field != "commandType"}
    server = {"aggregateUid": TICKET, "eventType": produced, "sentDate": "2017-01-02T03:04:05.000Z"}
    assert made == fields | server


@pytest.mark.parametrize("name", [name for name, facts in COMMANDS.items() if facts["business_date"]])
def test_the_business_date_of_an_event_is_that_of_its_command(name: str) -> None:
    (produced,) = COMMANDS[name]["produces"]
    assert accepted(name)[EVENTS[produced]["business_date"]] == whole(name)[COMMANDS[name]["business_date"]]


@pytest.mark.parametrize("closed_before", [False, True])
@pytest.mark.parametrize("name", EVENTS)
def test_the_status_after_an_event_is_that_of_the_table(name: str, closed_before: bool) -> None:
    before = given([OPENED])._replace(closed=closed_before)
    written = json.dumps(stored(TICKET, 2, name).fields).encode()
    status = EVENTS[name]["state"]["status"]
    after = evolve(before, parse_event(written), len(written))
    assert after.closed == (closed_before if status is None else status == "CLOSED")
    assert after.version == 2


def refused(case: Case) -> str:
    """Read and decide a case as the service does, and return the error."""
    try:
        command = parsed(body(case))
    except Unreadable:
        return "TicketGenericError"
    decision = decide(command, given(case.before), CONTEXT)
    assert isinstance(decision, Refusal), decision
    return decision.error_type


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_command_is_refused_with_exactly(case: Case) -> None:
    assert refused(case) == case.error


def test_there_is_a_case_of_every_error_of_every_command() -> None:
    listed = {(name, error) for name, facts in COMMANDS.items() for error in facts["errors"]}
    assert {(case.command, case.error) for case in CASES} == listed


def test_the_tables_of_errors_and_commands_agree() -> None:
    increments = set(COMMANDS) - {"OpenTicket"}
    groups = {"all": set(COMMANDS), "all_increment": increments}
    for error, facts in ERRORS["errors"].items():
        named_there = set().union(*(groups.get(name, {name}) for name in facts["commands"]))
        assert {name for name in COMMANDS if error in COMMANDS[name]["errors"]} == named_there, error
