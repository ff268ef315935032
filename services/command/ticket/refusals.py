"""The refusals of a command: the contract's error codes with their texts, and 403 (`errors.yaml`)."""

from dataclasses import dataclass
from typing import Literal

from shared.contract import TicketEventErrorType


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal, answered with 400 and the contract's `TicketEventError`."""

    error_type: TicketEventErrorType
    message: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The refusal of a command that the user may not send; answered with 403 and no body.

    `reason`: the user's role sends no commands, or the ticket or the location named is outside the user's scope.
    """

    reason: Literal["role", "scope"]


def incoherent(message: str) -> Refusal:
    """Return the refusal of incoherent data that has no error code of its own."""
    return Refusal("TicketGenericError", message)


ALREADY_SENT = Refusal("CommandAlreadySent", "A command with this processUid was already accepted on this ticket.")
TICKET_EXISTS = Refusal("ImpossibleToOpenExistingTicket", "This aggregateUid already belongs to a ticket.")
NO_TICKET = Refusal("ImpossibleToPerfomCommandOnNonExistingTicket", "No ticket has this uid.")
UNKNOWN_AGENCY = incoherent("locationRef.agencyUid: the directory knows no such agency.")
UNKNOWN_PATRIMONY = incoherent("locationRef.patrimonyUid: the directory knows no such patrimony.")
ENDS_BEFORE_START = incoherent("endDate is before startDate.")
NOTHING_TO_CORRECT = incoherent("fieldsToCorrect names no field.")
TICKET_TOO_LARGE = incoherent("The events of this ticket would take more than 4 MiB together.")
NO_PROVIDER_TO_SCHEDULE = Refusal(
    "ImpossibleToScheduleMissionIfNoProviderIsAssigned", "No provider is assigned to this ticket."
)
NO_PROVIDER_FOR_DEADLINE = Refusal(
    "ImpossibleToDefineInterventionDeadlineIfNoProviderIsAssigned", "No provider is assigned to this ticket."
)
NO_PROVIDER_FOR_ORDER = Refusal(
    "ImpossibleToReportSendingServiceOrderIfNoProviderIsAssigned", "No provider is assigned to this ticket."
)
NO_DEADLINE = Refusal(
    "ImpossibleToReportFormalNoticeIfNoInterventionDeadlineWasDefined",
    "No intervention deadline was defined for this ticket.",
)
DEADLINE_NOT_EXCEEDED = Refusal(
    "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed",
    "reportDate is not after the deadline in force.",
)
NEW_DEADLINE_TOO_EARLY = Refusal(
    "ImpossibleToReportFormalNoticeIfNewDeadlineIsMinusThanPreviousInterventionDeadline",
    "The new deadline is before the deadline in force.",
)
BLANK_TEXT = Refusal("BlankTextIsForbiddenToCorrectTicketInformations", "A replacement text is blank.")
REPORT_OF_OPEN_TICKET = Refusal(
    "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed",
    "The closing report can only be corrected while the ticket is closed.",
)
TARGET_NOT_FOUND = Refusal("EventTargetedNotFound", "No event of this ticket has targetedEvent as its processUid.")
TARGET_NOT_ELIGIBLE = Refusal(
    "EventTargetedIsNotElligibleToThisCommand", "The targeted event holds no text that can be corrected."
)
