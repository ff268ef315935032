"""Refusals over HTTP: each error of each command, and which error wins when several apply (`errors.yaml`)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest

from shared.http.request_limits import BODY_LIMIT
from tests.contract.shapes import ERRORS
from tests.integration.command.command_platform import OPEN, Services, bodies, error_of, fresh, put, written
from tests.support.data.refusal_cases import CASES, NOWHERE, OPENED, Case, body, named
from tests.support.data.tickets import AT_NORTH

UNKNOWN = {"agencyUid": NOWHERE, "locationReferenceType": "AgencyLocation"}


@pytest.mark.parametrize("case", CASES, ids=named)
async def test_each_error_of_each_command(commands: Services, case: Case) -> None:
    life = await put(commands.db, *case.before)
    ticket = life[0].ticket if life else fresh()
    before = await bodies(commands.db, ticket)
    if case.command == "OpenTicket":
        sent = json.dumps(case.sent | {"aggregateUid": ticket}).encode()
        answer = await commands.ask("POST", OPEN, data=sent)
    else:
        answer = await commands.ask("PATCH", f"{OPEN}/{ticket}", data=body(case))
    assert (answer.status, error_of(answer)) == (ERRORS["http_status"], case.error)
    assert "Ticket-Version" not in answer.headers
    assert await bodies(commands.db, ticket) == before


@dataclass
class Attempt:
    """A request in preparation; each objection makes it wrong in one more way."""

    method: str
    ticket: str
    sent: dict[str, Any]
    path: str = ""
    login: str | None = "all"
    headers: dict[str, str] = field(default_factory=dict)
    padding: int = 0


Objection = tuple[int | str, Callable[[Attempt, str], None]]
"""The expected answer, and how to make a request that deserves it; the opening's processUid is known."""


def _nobody(attempt: Attempt, _process: str) -> None:
    attempt.login = None


def _xml(attempt: Attempt, _process: str) -> None:
    attempt.headers = {"Content-Type": "application/xml"}


def _too_long(attempt: Attempt, _process: str) -> None:
    attempt.padding = BODY_LIMIT


def _misshapen(attempt: Attempt, _process: str) -> None:
    attempt.sent["processUid"] = "no uid"


def _malformed_path(attempt: Attempt, _process: str) -> None:
    attempt.path = f"{OPEN}/{attempt.ticket}0"


def _as_reader(attempt: Attempt, _process: str) -> None:
    attempt.login = "reader" if attempt.login else None


def _from_elsewhere(attempt: Attempt, _process: str) -> None:
    attempt.login = "south" if attempt.login == "all" else attempt.login


def _sent_before(attempt: Attempt, process: str) -> None:
    if attempt.sent["processUid"] != "no uid":
        attempt.sent["processUid"] = process


def _no_such_ticket(attempt: Attempt, _process: str) -> None:
    attempt.path = attempt.path or f"{OPEN}/{fresh()}"


def _ends_before_it_starts(attempt: Attempt, _process: str) -> None:
    attempt.sent |= {"startDate": "2016-08-26T10:00:00Z", "endDate": "2016-08-26T09:00:00Z"}


def _no_provider(_attempt: Attempt, _process: str) -> None:
    """Change nothing: the ticket was only opened, so a mission cannot be scheduled."""


def _taken_uid(attempt: Attempt, _process: str) -> None:
    attempt.sent["aggregateUid"] = attempt.ticket


def _unknown_place(attempt: Attempt, _process: str) -> None:
    attempt.sent["locationRef"] = UNKNOWN


EARLY: dict[str, Objection] = {
    "nobody": (401, _nobody),
    "another content type": (406, _xml),
    "too long": (413, _too_long),
    "misshapen": ("TicketGenericError", _misshapen),
}
OF_AN_INCREMENT: Mapping[str, Objection] = EARLY | {
    "malformed path": ("TicketGenericError", _malformed_path),
    "as reader": (403, _as_reader),
    "from elsewhere": (403, _from_elsewhere),
    "sent before": ("CommandAlreadySent", _sent_before),
    "no such ticket": ("ImpossibleToPerfomCommandOnNonExistingTicket", _no_such_ticket),
    "ends before it starts": ("TicketGenericError", _ends_before_it_starts),
    "no provider": ("ImpossibleToScheduleMissionIfNoProviderIsAssigned", _no_provider),
}
OF_AN_OPENING: Mapping[str, Objection] = EARLY | {
    "as reader": (403, _as_reader),
    "from elsewhere": (403, _from_elsewhere),
    "sent before": ("CommandAlreadySent", _sent_before),
    "taken uid": ("ImpossibleToOpenExistingTicket", _taken_uid),
    "unknown place": ("TicketGenericError", _unknown_place),
}
"""Objections in the order of the table's steps; within a step, in the order in which they are checked."""

NEVER_TOGETHER = {
    frozenset({"no such ticket", "from elsewhere"}),
    frozenset({"no such ticket", "sent before"}),
    frozenset({"malformed path", "no such ticket"}),
    frozenset({"from elsewhere", "unknown place"}),
}
"""Pairs that exclude each other: a missing ticket has no place or events, an unknown place has no scope."""


def pairs(objections: Mapping[str, Objection]) -> list[tuple[str, str]]:
    return [pair for pair in combinations(objections, 2) if frozenset(pair) not in NEVER_TOGETHER]


async def outcome(
    commands: Services, attempt: Attempt, process: str, pair: tuple[str, str], of: Mapping[str, Objection]
) -> int | str:
    """Make the request wrong in both ways, send it, and return the status, or the error of a 400."""
    for name in pair:
        of[name][1](attempt, process)
    answer = await commands.ask(
        attempt.method,
        attempt.path or (OPEN if attempt.method == "POST" else f"{OPEN}/{attempt.ticket}"),
        attempt.login,
        data=json.dumps(attempt.sent) + " " * attempt.padding,
        headers=attempt.headers,
    )
    return error_of(answer) if answer.status == 400 else answer.status


@pytest.mark.parametrize("pair", pairs(OF_AN_INCREMENT), ids=" and ".join)
async def test_of_two_objections_to_an_increment_the_earlier_step_wins(
    commands: Services, pair: tuple[str, str]
) -> None:
    (opened,) = await put(commands.db, OPENED)
    attempt = Attempt("PATCH", opened.ticket, written("ScheduleMission"))
    found = await outcome(commands, attempt, opened.fields["processUid"], pair, OF_AN_INCREMENT)
    assert found == OF_AN_INCREMENT[pair[0]][0]


@pytest.mark.parametrize("pair", pairs(OF_AN_OPENING), ids=" and ".join)
async def test_of_two_objections_to_an_opening_the_earlier_step_wins(commands: Services, pair: tuple[str, str]) -> None:
    (opened,) = await put(commands.db, OPENED)
    sent = written("OpenTicket") | ({"aggregateUid": opened.ticket} if "sent before" in pair else {})
    found = await outcome(
        commands, Attempt("POST", opened.ticket, sent), opened.fields["processUid"], pair, OF_AN_OPENING
    )
    assert found == OF_AN_OPENING[pair[0]][0]


@pytest.mark.parametrize("place", [AT_NORTH, UNKNOWN], ids=["known place", "unknown place"])
async def test_an_opening_of_a_ticket_that_exists_outside_the_scope_is_forbidden(
    commands: Services, place: dict[str, str]
) -> None:
    (opened,) = await put(commands.db, OPENED)
    sent = written("OpenTicket", aggregateUid=opened.ticket, processUid=opened.fields["processUid"], locationRef=place)
    assert (await commands.send(sent, login="south")).status == 403


def test_the_order_that_is_tested_is_that_of_the_table() -> None:
    """One phrase of each step of the table, in its order: the test fails when a step is added or moved."""
    phrases = ["401", "406", "TicketGenericError, unreadable", "role", "scope", "CommandAlreadySent", "existence"]
    phrases += ["incoherent data", "command-specific"]
    steps = ERRORS["check_order"]["steps"]
    assert [phrase in step for phrase, step in zip(phrases, steps, strict=True)] == [True] * len(steps)
