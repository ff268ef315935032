"""Decisions: given the events of a ticket, a command becomes an event or is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.command.ticket.decide import Context, decide
from services.command.ticket.decision_state import DecisionState, evolve
from services.command.ticket.refusals import Forbidden, Refusal
from shared.accounts.scopes import Scope
from shared.accounts.users import User
from shared.contract import dump, parse_event, parse_increment, parse_open_ticket
from shared.directory.entries import Agency, Directory, Patrimony, updated
from tests.support.data.contract_examples import command, example

TICKET = "eb0ea007-67af-4bf5-a34a-43dfca55717c"
NORTH, SOUTH = "5ced7e8e-3baa-1cb1-575d-b0e98cf21d5c", "11111111-3baa-1cb1-575d-b0e98cf21d5c"
PARK = "74aa4bf3-8fde-4985-b16e-e3ba2788868f"
ACCOUNT = "aaaaaaaa-3baa-1cb1-575d-b0e98cf21d5c"
USER = "cccccccc-3baa-1cb1-575d-b0e98cf21d5c"
NOW = datetime(2016, 8, 25, 14, 51, 24, 500_000, tzinfo=UTC)
DIRECTORY = updated(
    Directory(),
    [
        Agency(uid=NORTH, label="North", accountUid=ACCOUNT),
        Agency(uid=SOUTH, label="South", accountUid=USER),
        Patrimony(uid=PARK, ref="ZER319", agencyUids=(NORTH,)),
    ],
)
OPERATOR = User(USER, "operator", Scope("everything"))
CONTEXT = Context(OPERATOR, NOW, DIRECTORY)


def given(*events: dict[str, Any]) -> DecisionState:
    state = DecisionState(TICKET)
    for event in events:
        body = json.dumps(event).encode()
        state = evolve(state, parse_event(body), len(body))
    return state


def when(state: DecisionState, sent: dict[str, Any], context: Context = CONTEXT) -> Any:
    body = json.dumps(sent).encode()
    parse = parse_open_ticket if sent["commandType"] == "OpenTicket" else parse_increment
    decision = decide(parse(body), state, context)
    return decision if isinstance(decision, Refusal | Forbidden) else json.loads(dump(decision))


def refused(state: DecisionState, sent: dict[str, Any]) -> str:
    decision = when(state, sent)
    assert isinstance(decision, Refusal), decision
    return decision.error_type


def event(name: str, **changed: Any) -> dict[str, Any]:
    return example("event", name, aggregateUid=TICKET) | changed


OPENED = event("TicketOpened")
ASSIGNED = event("ProviderAssigned")
CLOSED = event("TicketClosed")
DEADLINE = event("InterventionDeadlineDefined", deadline="2016-08-25T20:00:00.000+02:00")


def test_an_opening_becomes_the_event_with_ticket_operator_and_date() -> None:
    sent = command("OpenTicket")
    expected = {field: value for field, value in sent.items() if field != "commandType"}
    assert when(DecisionState(TICKET), sent) == expected | {
        "aggregateUid": TICKET,
        "sentDate": "2016-08-25T14:51:24.500Z",
        "eventType": "TicketOpened",
    }


def test_a_missing_operator_is_the_user_of_the_session() -> None:
    made = when(given(OPENED), command("AddMessage", operator=None))
    assert made["operator"] == {"userUid": USER, "operatorType": "ReferencedUser"}


def test_null_values_of_additional_data_stay_in_the_event() -> None:
    sent = command("OpenTicket")
    sent["ticket"]["additionalData"] = {"a": None, "b": "c"}
    assert when(DecisionState(TICKET), sent)["ticket"]["additionalData"] == {"a": None, "b": "c"}


NOT_EXCEEDED = "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed"
NOTICE = command(
    "ReportFormalNoticeForProvider", reportDate="2016-08-25T20:00:01+02:00", deadline="2016-08-25T18:00:00Z"
)


def test_a_notice_may_repeat_the_deadline_and_limits_later_notices() -> None:
    state = given(OPENED, ASSIGNED, DEADLINE)
    made = when(state, NOTICE)
    assert made["eventType"] == "FormalNoticeForProviderReported"
    later = given(OPENED, ASSIGNED, DEADLINE, made | {"deadline": "2016-08-26T00:00:00.000Z"})
    again = NOTICE | {"processUid": USER, "reportDate": "2016-08-25T23:00:00Z", "deadline": "2016-08-27T00:00:00Z"}
    assert refused(later, again) == NOT_EXCEEDED


def test_a_refused_mission_leaves_the_provider_assigned() -> None:
    assert (
        when(given(OPENED, ASSIGNED, event("MissionRefused")), command("ScheduleMission"))["eventType"]
        == "MissionScheduled"
    )


def test_a_closed_ticket_takes_further_commands() -> None:
    closed = given(OPENED, CLOSED)
    assert when(closed, command("AddMessage"))["eventType"] == "MessageAdded"
    assert (
        when(closed, command("CorrectTicketInformations", fieldsToCorrect={"closingReport": "x"}))["eventType"]
        == "TicketInformationsCorrected"
    )


SCOPES = [
    (Scope("everything"), True, True),
    (Scope("accounts", frozenset({ACCOUNT})), True, False),
    (Scope("agencies", frozenset({NORTH})), True, False),
    (Scope("agencies", frozenset({SOUTH})), False, True),
    (Scope("agencies"), False, False),
    (Scope("patrimonies", frozenset({PARK})), True, False),
    (Scope("patrimonies", frozenset({NORTH})), False, False),
]
AT_PARK = {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"}
IN_SOUTH = {"agencyUid": SOUTH, "locationReferenceType": "AgencyLocation"}


@pytest.mark.parametrize(("scope", "park", "south"), SCOPES)
def test_a_user_acts_only_inside_the_scope(scope: Scope, park: bool, south: bool) -> None:
    actor = CONTEXT._replace(actor=User(USER, "operator", scope))
    for location, allowed in ((AT_PARK, park), (IN_SOUTH, south)):
        opening = when(DecisionState(TICKET), command("OpenTicket", locationRef=location), actor)
        message = when(given(OPENED | {"locationRef": location}), command("AddMessage"), actor)
        assert [isinstance(opening, Forbidden), isinstance(message, Forbidden)] == [not allowed, not allowed]
    move = when(given(OPENED | {"locationRef": AT_PARK}), command("UpdateTicket", locationRef=IN_SOUTH), actor)
    assert isinstance(move, Forbidden) == (not (park and south))


def test_a_reader_may_send_nothing_not_even_a_repeat() -> None:
    reader = CONTEXT._replace(actor=User(USER, "reader", Scope("everything")))
    assert when(given(OPENED), command("AddMessage", processUid=OPENED["processUid"]), reader) == Forbidden("role")


def test_a_forbidden_ticket_does_not_reveal_a_repeated_command() -> None:
    outsider = CONTEXT._replace(actor=User(USER, "operator", Scope("agencies", frozenset({SOUTH}))))
    assert when(given(OPENED), command("AddMessage", processUid=OPENED["processUid"]), outsider) == Forbidden("scope")


@pytest.mark.parametrize("scope", [Scope("everything"), Scope("agencies", frozenset({SOUTH}))])
@pytest.mark.parametrize("state", [given(OPENED), DecisionState(TICKET)])
def test_the_reason_tells_a_reader_nothing_about_the_ticket(scope: Scope, state: DecisionState) -> None:
    reader = CONTEXT._replace(actor=User(USER, "reader", scope))
    assert when(state, command("AddMessage"), reader) == Forbidden("role")


def test_the_reason_does_not_tell_whether_the_ticket_or_its_new_place_is_outside_the_scope() -> None:
    north = CONTEXT._replace(actor=User(USER, "operator", Scope("agencies", frozenset({NORTH}))))
    moved_out = when(given(OPENED | {"locationRef": AT_PARK}), command("UpdateTicket", locationRef=IN_SOUTH), north)
    outside = when(given(OPENED | {"locationRef": IN_SOUTH}), command("UpdateTicket", locationRef=AT_PARK), north)
    assert moved_out == outside == Forbidden("scope")
