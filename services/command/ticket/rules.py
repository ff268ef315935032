"""The preconditions of each command beyond those that all share, in the contract's order (contract `commands.yaml`)."""

from collections.abc import Callable, Mapping
from typing import Any

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
from services.command.ticket.state import TicketState
from shared.clock import instant
from shared.contract import (
    CorrectTicketEventInformations,
    CorrectTicketInformations,
    ReportFormalNoticeForProvider,
    ScheduleMission,
)
from shared.contract.facts import ELIGIBLE_FOR_TEXT_CORRECTION

Rule = Callable[[Any, TicketState], Refusal | None]


def _provider_assigned(otherwise: Refusal) -> Rule:
    return lambda _command, state: None if state.provider_assigned else otherwise


def _slot_is_coherent(command: ScheduleMission, _state: TicketState) -> Refusal | None:
    return ENDS_BEFORE_START if instant(command.endDate) < instant(command.startDate) else None


def _deadline_was_missed(command: ReportFormalNoticeForProvider, state: TicketState) -> Refusal | None:
    if state.deadline is None:
        return NO_DEADLINE
    if instant(command.reportDate) <= state.deadline:
        return DEADLINE_NOT_EXCEEDED
    return NEW_DEADLINE_TOO_EARLY if instant(command.deadline) < state.deadline else None


def _replacements(command: CorrectTicketInformations) -> list[str]:
    fields = command.fieldsToCorrect
    return [text for text in (fields.request, fields.instructions, fields.closingReport) if text is not None]


def _corrects_something(command: CorrectTicketInformations, _state: TicketState) -> Refusal | None:
    return None if _replacements(command) else NOTHING_TO_CORRECT


def _replacements_have_text(command: CorrectTicketInformations, _state: TicketState) -> Refusal | None:
    return None if all(text.strip() for text in _replacements(command)) else BLANK_TEXT


def _report_is_there(command: CorrectTicketInformations, state: TicketState) -> Refusal | None:
    return REPORT_OF_OPEN_TICKET if command.fieldsToCorrect.closingReport is not None and not state.closed else None


def _text_is_not_blank(command: CorrectTicketEventInformations, _state: TicketState) -> Refusal | None:
    return None if command.text.strip() else BLANK_TEXT


def _target_has_text(command: CorrectTicketEventInformations, state: TicketState) -> Refusal | None:
    target = state.events.get(command.targetedEvent)
    if target is None:
        return TARGET_NOT_FOUND
    return None if target in ELIGIBLE_FOR_TEXT_CORRECTION else TARGET_NOT_ELIGIBLE


RULES: Mapping[str, tuple[Rule, ...]] = {
    "ScheduleMission": (_slot_is_coherent, _provider_assigned(NO_PROVIDER_TO_SCHEDULE)),
    "DefineInterventionDeadline": (_provider_assigned(NO_PROVIDER_FOR_DEADLINE),),
    "ReportSendingServiceOrder": (_provider_assigned(NO_PROVIDER_FOR_ORDER),),
    "ReportFormalNoticeForProvider": (_deadline_was_missed,),
    "CorrectTicketInformations": (_corrects_something, _replacements_have_text, _report_is_there),
    "CorrectTicketEventInformations": (_text_is_not_blank, _target_has_text),
}
