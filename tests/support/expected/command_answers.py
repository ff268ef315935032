"""The answers that the contract's tables give to commands, independent of the code that decides."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.contract.shapes import COMMANDS, ERRORS, EVENTS, table
from tests.support.data.directory import NORTH, PARK, SOUTH

Fields = dict[str, Any]
"""The JSON fields of a command or an event."""

KNOWN = {"agencyUid": (NORTH, SOUTH), "patrimonyUid": (PARK,)}
CORRECTABLE = ERRORS["eligible_for_text_correction"]
RENAMED = table("events")["envelope"]["renamed"]
EXCUSED = "ImpossibleToReportFormalNoticeIf"


@dataclass(frozen=True, slots=True)
class ModelTicket:
    """The facts of a ticket that answers depend on; a ticket without events does not exist."""

    types: dict[str, str] = field(default_factory=dict)
    """Event type by processUid."""
    closed: bool = False
    provider: bool = False
    deadline: str | None = None

    def after(self, event: Fields) -> "ModelTicket":
        """Return the ticket after one more event."""
        kind = event["eventType"]
        status = EVENTS[kind]["state"]["status"]
        sets_deadline = kind in ("InterventionDeadlineDefined", "FormalNoticeForProviderReported")
        return replace(
            self,
            types=self.types | {event["processUid"]: kind},
            closed=self.closed if status is None else status == "CLOSED",
            provider=self.provider or kind == "ProviderAssigned",
            deadline=event["deadline"] if sets_deadline else self.deadline,
        )

    def answer(self, command: Fields) -> str:
        """Return the type of the event that a well-formed command becomes, or the type of its error."""
        kind: str = command["commandType"]
        if command["processUid"] in self.types:
            return "CommandAlreadySent"
        if kind == "OpenTicket" and self.types:
            return "ImpossibleToOpenExistingTicket"
        if kind != "OpenTicket" and not self.types:
            return "ImpossibleToPerfomCommandOnNonExistingTicket"
        if _incoherent(command):
            return "TicketGenericError"
        produced: str = COMMANDS[kind]["produces"][0]
        return self._own_error(kind, command) or produced

    def _own_error(self, kind: str, command: Fields) -> str | None:
        if kind in ("ScheduleMission", "DefineInterventionDeadline", "ReportSendingServiceOrder"):
            return None if self.provider else f"ImpossibleTo{kind}IfNoProviderIsAssigned"
        if kind == "ReportFormalNoticeForProvider":
            return self._notice_error(command)
        if kind == "CorrectTicketInformations":
            return self._correction_error(command["fieldsToCorrect"])
        if kind == "CorrectTicketEventInformations":
            return self._target_error(command)
        return None

    def _notice_error(self, command: Fields) -> str | None:
        if self.deadline is None:
            return f"{EXCUSED}NoInterventionDeadlineWasDefined"
        if _instant(command["reportDate"]) <= _instant(self.deadline):
            return f"{EXCUSED}InterventionDeadlineIsNotExcedeed"
        if _instant(command["deadline"]) < _instant(self.deadline):
            return f"{EXCUSED}NewDeadlineIsMinusThanPreviousInterventionDeadline"
        return None

    def _correction_error(self, fields: Fields) -> str | None:
        if any(_blank(text) for text in fields.values()):
            return "BlankTextIsForbiddenToCorrectTicketInformations"
        if "closingReport" in fields and not self.closed:
            return "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed"
        return None

    def _target_error(self, command: Fields) -> str | None:
        if _blank(command["text"]):
            return "BlankTextIsForbiddenToCorrectTicketInformations"
        if command["targetedEvent"] not in self.types:
            return "EventTargetedNotFound"
        if self.types[command["targetedEvent"]] not in CORRECTABLE:
            return "EventTargetedIsNotElligibleToThisCommand"
        return None


def event_of(ticket: str, command: Fields, sender: str) -> Fields:
    """Return the event that an accepted command of user `sender` becomes, without `sentDate`."""
    kind = command["commandType"]
    said = {_renamed(kind, name): value for name, value in command.items() if name != "commandType"}
    operator = {"userUid": sender, "operatorType": "ReferencedUser"}
    return {"operator": operator} | said | {"aggregateUid": ticket, "eventType": COMMANDS[kind]["produces"][0]}


def _renamed(kind: str, name: str) -> str:
    called: str = RENAMED.get(f"{kind}.{name}", name)
    return called.rpartition(".")[2]


def _incoherent(command: Fields) -> bool:
    if "locationRef" in command:
        return not any(command["locationRef"].get(place) in uids for place, uids in KNOWN.items())
    if command["commandType"] == "ScheduleMission":
        return _instant(command["endDate"]) < _instant(command["startDate"])
    return command.get("fieldsToCorrect") == {}


def _instant(date: str) -> datetime:
    return datetime.fromisoformat(date)


def _blank(text: str) -> bool:
    return not text.strip()
