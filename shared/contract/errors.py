"""The refusals: codes of the write endpoints (`errors.yaml`) and the two error bodies."""

from typing import Literal

from shared.contract.record import Record

TicketEventErrorType = Literal[
    "TicketGenericError",
    "CommandAlreadySent",
    "ImpossibleToOpenExistingTicket",
    "ImpossibleToPerfomCommandOnNonExistingTicket",
    "ImpossibleToScheduleMissionIfNoProviderIsAssigned",
    "ImpossibleToDefineInterventionDeadlineIfNoProviderIsAssigned",
    "ImpossibleToReportSendingServiceOrderIfNoProviderIsAssigned",
    "ImpossibleToReportFormalNoticeIfNoInterventionDeadlineWasDefined",
    "ImpossibleToReportFormalNoticeIfInterventionDeadlineIsNotExcedeed",
    "ImpossibleToReportFormalNoticeIfNewDeadlineIsMinusThanPreviousInterventionDeadline",
    "BlankTextIsForbiddenToCorrectTicketInformations",
    "ImpossibleToUpdateClosingReportFieldIfTicketIsNotClosed",
    "EventTargetedNotFound",
    "EventTargetedIsNotElligibleToThisCommand",
]
"""Why a command is refused; the spelling is the contract's."""


class TicketEventError(Record):
    """Body of 400 on the two write endpoints: a code and a sentence for people."""

    errorType: TicketEventErrorType
    message: str


class Error(Record):
    """Body of an error on every other endpoint: a code (`BadRequest` unless a better one fits) and a sentence."""

    errorType: str
    message: str
