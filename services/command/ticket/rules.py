"""The preconditions of each command, without those that all commands share (`commands.yaml`)."""

from collections.abc import Callable, Mapping
from typing import Any

from services.command.ticket.decision_state import DecisionState
from services.command.ticket.refusals import (
    BLANK_TEXT,
    DEADLINE_NOT_EXCEEDED,
    ENDS_BEFORE_START,
    NEW_DEADLINE_TOO_EARLY,
    NO_DEADLINE,
    NO_PROVIDER_FOR_DEADLINE,
    NO_PROVIDER_FOR_ORDER,
    NO_PROVIDER_TO_SCHEDULE,
    NOTHING_TO_CORRECT,
    REPORT_OF_OPEN_TICKET,
    TARGET_NOT_ELIGIBLE,
    TARGET_NOT_FOUND,
    Refusal,
)
from shared.clock import instant
from shared.contract import (
    CommandType,
    CorrectTicketEventInformations,
    CorrectTicketInformations,
    ReportFormalNoticeForProvider,
    ScheduleMission,
)
from shared.contract.facts import ELIGIBLE_FOR_TEXT_CORRECTION
from shared.contract.type_names import for_every_command

Rule = Callable[[Any, DecisionState], Refusal | None]


def _provider_assigned(refusal: Refusal) -> Rule:
    return lambda _command, state: None if state.provider_assigned else refusal


def _slot_is_coherent(command: ScheduleMission, _state: DecisionState) -> Refusal | None:
    return ENDS_BEFORE_START if instant(command.endDate) < instant(command.startDate) else None


def _deadline_was_missed(command: ReportFormalNoticeForProvider, state: DecisionState) -> Refusal | None:
    if state.deadline is None:
        return NO_DEADLINE
    if instant(command.reportDate) <= state.deadline:
        return DEADLINE_NOT_EXCEEDED
    return NEW_DEADLINE_TOO_EARLY if instant(command.deadline) < state.deadline else None


def _replacements(command: CorrectTicketInformations) -> list[str]:
    fields = command.fieldsToCorrect
    return [text for text in (fields.request, fields.instructions, fields.closingReport) if text is not None]


def _corrects_something(command: CorrectTicketInformations, _state: DecisionState) -> Refusal | None:
    return None if _replacements(command) else NOTHING_TO_CORRECT


def _replacements_have_text(command: CorrectTicketInformations, _state: DecisionState) -> Refusal | None:
    return None if all(text.strip() for text in _replacements(command)) else BLANK_TEXT


def _report_exists(command: CorrectTicketInformations, state: DecisionState) -> Refusal | None:
    return REPORT_OF_OPEN_TICKET if command.fieldsToCorrect.closingReport is not None and not state.closed else None


def _text_is_not_blank(command: CorrectTicketEventInformations, _state: DecisionState) -> Refusal | None:
    return None if command.text.strip() else BLANK_TEXT


def _target_has_text(command: CorrectTicketEventInformations, state: DecisionState) -> Refusal | None:
    target = state.events.get(command.targetedEvent)
    if target is None:
        return TARGET_NOT_FOUND
    return None if target in ELIGIBLE_FOR_TEXT_CORRECTION else TARGET_NOT_ELIGIBLE


RULES: Mapping[CommandType, tuple[Rule, ...]] = for_every_command(
    {
        "OpenTicket": (),
        "EmitCallTo": (),
        "ReceiveCall": (),
        "AssignProvider": (),
        "ReportSendingServiceOrder": (_provider_assigned(NO_PROVIDER_FOR_ORDER),),
        "ProviderAnswerCall": (),
        "ProviderNotAnswerCall": (),
        "ScheduleMission": (_slot_is_coherent, _provider_assigned(NO_PROVIDER_TO_SCHEDULE)),
        "DefineInterventionDeadline": (_provider_assigned(NO_PROVIDER_FOR_DEADLINE),),
        "ReportFormalNoticeForProvider": (_deadline_was_missed,),
        "AcceptMission": (),
        "RefuseMission": (),
        "ReopenTicket": (),
        "AddLogTrial": (),
        "AddMessage": (),
        "CancelTicket": (),
        "ArriveOnSite": (),
        "GoFromSite": (),
        "StartIntervention": (),
        "FinishIntervention": (),
        "UpdateTicket": (),
        "CorrectTicketInformations": (_corrects_something, _replacements_have_text, _report_exists),
        "CorrectTicketEventInformations": (_text_is_not_blank, _target_has_text),
        "CloseTicket": (),
        "ArchiveTicket": (),
        "FixPermanently": (),
        "FixPartially": (),
        "CloseTicketImpossibleRepair": (),
        "PostponeFix": (),
        "CloseBeyondCallCenterScope": (),
        "CloseAfterSeveralUnsuccessfulRecalls": (),
    }
)
"""The preconditions of each command, in the order in which they are checked; the first that fails refuses it."""
