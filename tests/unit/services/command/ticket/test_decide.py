"""Given a ticket's events, when a command comes, then this event or that refusal."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.command.ticket.decide import EVENT_OF, Context, decide
from services.command.ticket.refusals import Forbidden, Refusal
from services.command.ticket.state import TicketState, evolve
from shared.contract import dump, parse_event, parse_increment, parse_open_ticket
from shared.directory import Agency, Directory, Patrimony, updated
from shared.scopes import Scope
from shared.users import User
from tests.support.contract import EXAMPLES, command, example

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


def given(*events: dict[str, Any]) -> TicketState:
    state = TicketState(TICKET)
    for event in events:
        body = json.dumps(event).encode()
        state = evolve(state, parse_event(body), len(body))
    return state


def when(state: TicketState, sent: dict[str, Any], context: Context = CONTEXT) -> Any:
    body = json.dumps(sent).encode()
    parse = parse_open_ticket if sent["commandType"] == "OpenTicket" else parse_increment
    decision = decide(parse(body), state, context)
    return decision if isinstance(decision, Refusal | Forbidden) else json.loads(dump(decision))


def refused(state: TicketState, sent: dict[str, Any]) -> str:
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
    assert when(TicketState(TICKET), sent) == expected | {
        "aggregateUid": TICKET,
        "sentDate": "2016-08-25T14:51:24.500Z",
        "eventType": "TicketOpened",
    }


@pytest.mark.parametrize("name", sorted(EVENT_OF))
def test_every_command_yields_the_example_event_that_belongs_to_it(name: str) -> None:
    """Fields are held against the example event by name, and against the command by value."""
    sent = command(name, processUid="00000000-0000-0000-0000-000000000002")
    target = event("MessageAdded", processUid=sent.get("targetedEvent", "00000000-0000-0000-0000-000000000001"))
    before = [] if name == "OpenTicket" else [OPENED, ASSIGNED, DEADLINE, target]
    made = when(given(*before), sent | ({"reportDate": "2017-01-01T00:00:00Z"} if "deadline" in sent else {}))
    shown = example("event", EVENT_OF[name].__name__)
    assert made["eventType"] == shown["eventType"]
    assert set(shown) <= set(made) | {"operator"}
    renamed = {"fieldsToCorrect": "fieldsCorrected"}
    kept = {renamed.get(field, field): value for field, value in sent.items()}
    for field in set(kept) - {"commandType", "reportDate", "aggregateUid"}:
        assert made[field] == kept[field], field


def test_an_operator_that_is_left_out_is_the_user_of_the_session() -> None:
    made = when(given(OPENED), command("AddMessage", operator=None))
    assert made["operator"] == {"userUid": USER, "operatorType": "ReferencedUser"}


def test_null_values_of_additional_data_stay_in_the_event() -> None:
    sent = command("OpenTicket")
    sent["ticket"]["additionalData"] = {"a": None, "b": "c"}
    assert when(TicketState(TICKET), sent)["ticket"]["additionalData"] == {"a": None, "b": "c"}


NOT_THERE = "ImpossibleToPerfomCommandOnNonExistingTicket"
NOT_EXCEEDED = "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed"
TOO_EARLY = "ImpossibleToReportFormalNoticeIfNewDeadlineIsMinusThanPreviousInterventionDeadline"
NOTICE = command(
    "ReportFormalNoticeForProvider", reportDate="2016-08-25T20:00:01+02:00", deadline="2016-08-25T18:00:00Z"
)
REFUSALS = [
    ("a second opening", [OPENED], command("OpenTicket"), "ImpossibleToOpenExistingTicket"),
    ("the same opening again", [OPENED], command("OpenTicket", processUid=OPENED["processUid"]), "CommandAlreadySent"),
    (
        "an agency unknown",
        [],
        command("OpenTicket", locationRef={"agencyUid": USER, "locationReferenceType": "AgencyLocation"}),
        "TicketGenericError",
    ),
    ("no ticket", [], command("AddMessage"), NOT_THERE),
    (
        "the same processUid",
        [OPENED, ASSIGNED],
        command("AddMessage", processUid=ASSIGNED["processUid"]),
        "CommandAlreadySent",
    ),
    (
        "no provider to schedule",
        [OPENED],
        command("ScheduleMission"),
        "ImpossibleToScheduleMissionIfNoProviderIsAssigned",
    ),
    (
        "no provider for a deadline",
        [OPENED],
        command("DefineInterventionDeadline"),
        "ImpossibleToDefineInterventionDeadlineIfNoProviderIsAssigned",
    ),
    (
        "no provider for an order",
        [OPENED],
        command("ReportSendingServiceOrder"),
        "ImpossibleToReportSendingServiceOrderIfNoProviderIsAssigned",
    ),
    (
        "a slot that ends before it starts comes first",
        [OPENED],
        command("ScheduleMission", startDate="2016-08-26T10:00:00Z", endDate="2016-08-26T11:59:59+02:00"),
        "TicketGenericError",
    ),
    ("no deadline", [OPENED, ASSIGNED], NOTICE, "ImpossibleToReportFormalNoticeIfNoInterventionDeadlineWasDefined"),
    (
        "a deadline that is not over",
        [OPENED, ASSIGNED, DEADLINE],
        NOTICE | {"reportDate": "2016-08-25T18:00:00Z"},
        NOT_EXCEEDED,
    ),
    (
        "a new deadline before the one in force",
        [OPENED, ASSIGNED, DEADLINE],
        NOTICE | {"deadline": "2016-08-25T17:59:59.999Z"},
        TOO_EARLY,
    ),
    ("nothing to correct", [OPENED], command("CorrectTicketInformations", fieldsToCorrect={}), "TicketGenericError"),
    (
        "a blank text",
        [OPENED],
        command("CorrectTicketInformations", fieldsToCorrect={"request": "\u00a0 "}),
        "BlankTextIsForbiddenToCorrectTicketInformations",
    ),
    (
        "a report while open",
        [OPENED],
        command("CorrectTicketInformations", fieldsToCorrect={"closingReport": "x"}),
        "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed",
    ),
    (
        "a blank report while open",
        [OPENED],
        command("CorrectTicketInformations", fieldsToCorrect={"closingReport": ""}),
        "BlankTextIsForbiddenToCorrectTicketInformations",
    ),
    (
        "a report after reopening",
        [OPENED, CLOSED, event("TicketReopened")],
        command("CorrectTicketInformations", fieldsToCorrect={"closingReport": "x"}),
        "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed",
    ),
    ("a target that is not there", [OPENED], command("CorrectTicketEventInformations"), "EventTargetedNotFound"),
    (
        "a target without a text",
        [OPENED],
        command("CorrectTicketEventInformations", targetedEvent=OPENED["processUid"]),
        "EventTargetedIsNotElligibleToThisCommand",
    ),
    (
        "a blank text for an event",
        [OPENED],
        command("CorrectTicketEventInformations", text=" "),
        "BlankTextIsForbiddenToCorrectTicketInformations",
    ),
]


@pytest.mark.parametrize(
    ("events", "sent", "error"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_a_command_is_refused_for(events: list[dict[str, Any]], sent: dict[str, Any], error: str) -> None:
    assert refused(given(*events), sent) == error


def test_a_notice_may_keep_the_deadline_and_later_notices_are_held_against_it() -> None:
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
    actor = replace(CONTEXT, actor=User(USER, "operator", scope))
    for location, allowed in ((AT_PARK, park), (IN_SOUTH, south)):
        opening = when(TicketState(TICKET), command("OpenTicket", locationRef=location), actor)
        message = when(given(OPENED | {"locationRef": location}), command("AddMessage"), actor)
        assert [isinstance(opening, Forbidden), isinstance(message, Forbidden)] == [not allowed, not allowed]
    move = when(given(OPENED | {"locationRef": AT_PARK}), command("UpdateTicket", locationRef=IN_SOUTH), actor)
    assert isinstance(move, Forbidden) == (not (park and south))


def test_a_reader_may_send_nothing_not_even_a_repeat() -> None:
    reader = replace(CONTEXT, actor=User(USER, "reader", Scope("everything")))
    assert when(given(OPENED), command("AddMessage", processUid=OPENED["processUid"]), reader) == Forbidden()


def test_a_forbidden_ticket_does_not_tell_whether_a_command_was_sent() -> None:
    outsider = replace(CONTEXT, actor=User(USER, "operator", Scope("agencies", frozenset({SOUTH}))))
    assert when(given(OPENED), command("AddMessage", processUid=OPENED["processUid"]), outsider) == Forbidden()


def test_the_decisions_cover_every_command_of_the_contract() -> None:
    assert set(EVENT_OF) == {path.name.split(".")[1] for path in EXAMPLES.glob("command.*.json")}
