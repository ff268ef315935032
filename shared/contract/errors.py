"""The errors: codes of the write endpoints (`errors.yaml`) and the two error bodies."""

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
"""Why a command is refused. The spelling is fixed by the contract."""


class TicketEventError(Record):
    """The body of status 400 on the two write endpoints: a code and a sentence for people."""

    errorType: TicketEventErrorType
    message: str


class Error(Record):
    """The body of an error on every other endpoint: a code (`BadRequest` if none fits better) and a sentence."""

    errorType: str
    message: str
