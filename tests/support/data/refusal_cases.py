"""Refusal cases: for every command and each of its errors, the events before, the command, and the answer."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.contract.shapes import COMMANDS
from tests.support.data.contract_examples import command
from tests.support.data.directory import NORTH
from tests.support.data.tickets import AT_NORTH

PROCESS = "0c53f4c1-7cbc-54f5-a1c0-ae8391f87165"
NOWHERE = "99999999-7cbc-54f5-a1c0-ae8391f87165"
DEADLINE = "2016-08-25T18:00:00.000Z"

Event = tuple[str, dict[str, Any]]
"""An event type and the fields that differ from the contract's example."""

OPENED: Event = ("TicketOpened", {"locationRef": AT_NORTH})
ASSIGNED: Event = ("ProviderAssigned", {})
DEADLINE_DEFINED: Event = ("InterventionDeadlineDefined", {"deadline": DEADLINE})


class Case(NamedTuple):
    """A command, the events `before` it on its ticket, and the error that answers it."""

    command: str
    error: str
    before: tuple[Event, ...]
    sent: dict[str, Any]


def placed(name: str, **changed: Any) -> dict[str, Any]:
    """Return an example command; commands that place a ticket name a known agency."""
    return command(name, **({"locationRef": AT_NORTH} if "locationRef" in COMMANDS[name]["fields"] else {}) | changed)


def _shared_by_all() -> Iterator[Case]:
    for name, facts in COMMANDS.items():
        opens = name == "OpenTicket"
        dated = next(field for field, fact in facts["fields"].items() if fact["type"] == "DateTime")
        before = () if opens else (OPENED,)
        yield Case(name, "TicketGenericError", before, placed(name, **{dated: "2016-02-30T00:00:00Z"}))
        sent = ("TicketOpened", {"locationRef": AT_NORTH, "processUid": PROCESS})
        yield Case(name, "CommandAlreadySent", (sent,), placed(name, processUid=PROCESS))
        if opens:
            yield Case(name, "ImpossibleToOpenExistingTicket", (OPENED,), placed(name, processUid=PROCESS))
        else:
            yield Case(name, "ImpossibleToPerfomCommandOnNonExistingTicket", (), placed(name))


def _unknown_places() -> Iterator[Case]:
    for location in (
        {"agencyUid": NOWHERE, "locationReferenceType": "AgencyLocation"},
        {"patrimonyUid": NORTH, "locationReferenceType": "PatrimonyLocation"},
    ):
        yield Case("OpenTicket", "TicketGenericError", (), command("OpenTicket", locationRef=location))
        yield Case("UpdateTicket", "TicketGenericError", (OPENED,), command("UpdateTicket", locationRef=location))


def _own() -> Iterator[Case]:
    """Return the cases of errors that belong to one command each."""
    opened, assigned, due = (OPENED,), (OPENED, ASSIGNED), (OPENED, ASSIGNED, DEADLINE_DEFINED)
    slot = {"startDate": "2016-08-26T10:00:00Z", "endDate": "2016-08-26T11:59:59+02:00"}
    yield Case("ScheduleMission", "TicketGenericError", assigned, command("ScheduleMission", **slot))
    for name, error in (
        ("ScheduleMission", "ImpossibleToScheduleMissionIfNoProviderIsAssigned"),
        ("DefineInterventionDeadline", "ImpossibleToDefineInterventionDeadlineIfNoProviderIsAssigned"),
        ("ReportSendingServiceOrder", "ImpossibleToReportSendingServiceOrderIfNoProviderIsAssigned"),
    ):
        yield Case(name, error, opened, command(name))

    notice = "ReportFormalNoticeForProvider"
    excused = "ImpossibleToReportFormalNoticeIf"
    late, sooner = {"reportDate": "2016-08-25T20:00:01+02:00"}, {"deadline": "2016-08-25T17:59:59.999Z"}
    in_time = {"reportDate": "2016-08-25T20:00:00+02:00", "deadline": "2016-08-26T00:00:00Z"}
    yield Case(notice, f"{excused}NoInterventionDeadlineWasDefined", assigned, command(notice, **late))
    yield Case(notice, f"{excused}InterventionDeadlineIsNotExcedeed", due, command(notice, **in_time))
    yield Case(
        notice,
        f"{excused}NewDeadlineIsMinusThanPreviousInterventionDeadline",
        due,
        command(notice, **late, **sooner),
    )
    notified = ("FormalNoticeForProviderReported", {"deadline": "2016-08-27T00:00:00Z"})
    yield Case(notice, f"{excused}InterventionDeadlineIsNotExcedeed", (*due, notified), command(notice, **late))

    correct, blank = "CorrectTicketInformations", "BlankTextIsForbiddenToCorrectTicketInformations"
    yield Case(correct, "TicketGenericError", opened, command(correct, fieldsToCorrect={}))
    for field, text in (("request", ""), ("instructions", "\u2003\n"), ("closingReport", "\u00a0")):
        yield Case(correct, blank, (OPENED, ("TicketClosed", {})), command(correct, fieldsToCorrect={field: text}))
    report = command(correct, fieldsToCorrect={"closingReport": "Mended"})
    unreported = "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed"
    yield Case(correct, unreported, opened, report)
    yield Case(correct, unreported, (OPENED, ("TicketClosed", {}), ("TicketReopened", {})), report)

    retell = "CorrectTicketEventInformations"
    message = (OPENED, ("MessageAdded", {"processUid": PROCESS}))
    yield Case(retell, blank, message, command(retell, targetedEvent=PROCESS, text=" \t"))
    yield Case(retell, "EventTargetedNotFound", message, command(retell, targetedEvent=NOWHERE))
    mute = (OPENED, ("ProviderAssigned", {"processUid": PROCESS}))
    yield Case(retell, "EventTargetedIsNotElligibleToThisCommand", mute, command(retell, targetedEvent=PROCESS))


def _two_of_one_command() -> Iterator[Case]:
    """Return cases to which two errors apply: the answer is the one that the contract's table lists first."""
    slot = {"startDate": "2016-08-26T10:00:00Z", "endDate": "2016-08-26T09:00:00Z"}
    yield Case("ScheduleMission", "TicketGenericError", (OPENED,), command("ScheduleMission", **slot))
    notice = "ReportFormalNoticeForProvider"
    early_and_sooner = {"reportDate": "2016-08-25T18:00:00Z", "deadline": "2016-08-25T17:00:00Z"}
    yield Case(
        notice,
        "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed",
        (OPENED, ASSIGNED, DEADLINE_DEFINED),
        command(notice, **early_and_sooner),
    )
    blank = "BlankTextIsForbiddenToCorrectTicketInformations"
    for fields in ({"closingReport": " "}, {"closingReport": "Mended", "request": ""}):
        correct = command("CorrectTicketInformations", fieldsToCorrect=fields)
        yield Case("CorrectTicketInformations", blank, (OPENED,), correct)
    retell = "CorrectTicketEventInformations"
    yield Case(retell, blank, (OPENED,), command(retell, targetedEvent=NOWHERE, text=""))
    mute = (OPENED, ("ProviderAssigned", {"processUid": PROCESS}))
    yield Case(retell, blank, mute, command(retell, targetedEvent=PROCESS, text=""))


CASES = (*_shared_by_all(), *_unknown_places(), *_own(), *_two_of_one_command())


def named(case: Case) -> str:
    """Return the name of a case for pytest's report."""
    return f"{case.command}-{case.error}"


def body(case: Case) -> bytes:
    """Return the command of a case."""
    return json.dumps(case.sent).encode()
