"""What is remembered of a ticket between two of its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.projector.folds.content import Content
from shared.contract import TicketStatus


class CannotApply(Exception):  # noqa: N818 - it says what happens
    """An event that can not be folded or shown; its text says why, with uids but without personal data."""


@dataclass(frozen=True, slots=True)
class TicketState:
    """A ticket after some event: all that later events and the ticket's views need.

    Nothing of the journal is here but the words of the first commentaries: the size follows the ticket's content and
    not the number of its events. Dates are UTC in the wire's form, so they compare like instants.

    `step`, `since`: value and date of the view's state. `provider`: the `uid` of a referenced one, else its whole
    view. `slot`, `deadline`, `notice`: interventionScheduled, interventionDeadline and formalNotice of the export.
    `marks`: see `durations`. `commented`: bytes of its commentaries as JSON, those that were replaced included.
    `commentaries`: see `commentary.remembered`.
    """

    uid: str
    version: int
    content: Content
    status: TicketStatus
    step: str
    since: str
    updated: str
    closed: str | None = None
    report: str | None = None
    provider: Mapping[str, Any] | None = None
    slot: Mapping[str, str] | None = None
    deadline: str | None = None
    notice: Mapping[str, str] | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    commented: int = 0
    commentaries: Mapping[str, str] = field(default_factory=dict)


def freeze(state: TicketState) -> bytes:
    """Write a state as compact JSON."""
    return orjson.dumps(state)


def thaw(stored: bytes) -> TicketState:
    """Read what `freeze` wrote."""
    fields = orjson.loads(stored)
    return TicketState(content=Content(**fields.pop("content")), **fields)
