"""The state of a ticket: what the projector stores between two events of the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.projector.folds.content import Content
from shared.contract import EventType, TicketStatus


class CannotApply(Exception):  # noqa: N818 - it says what happens
    """An event that cannot be folded or shown. Its text says why; it has uids but no personal data."""


@dataclass(frozen=True, slots=True)
class TicketState:
    """A ticket after one of its events: all that later events and the views of the ticket need.

    The state does not contain the journal, only the words of the first commentaries. Its size depends on the ticket's
    content, not on the number of events. Dates are in UTC in the wire format, so strings compare like instants.

    `step`, `since`: value and date of the view's `state`. `provider`: the `uid` of a referenced one, else its whole
    view. `slot`, `deadline`, `notice`: interventionScheduled, interventionDeadline and formalNotice of the export.
    `marks`: see `durations`. `commented`: bytes of the commentaries as JSON, including replaced ones. `commentaries`:
    see `commentary.remembered`. `vocabulary`: digests, see `vocabulary`; None as long as `commentaries` contains all
    commentaries of the ticket.
    """

    uid: str
    version: int
    content: Content
    status: TicketStatus
    step: EventType
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
    vocabulary: str | None = None


def freeze(state: TicketState) -> bytes:
    """Return a state as compact JSON."""
    return orjson.dumps(state)


def thaw(stored: bytes) -> TicketState:
    """Read a state that `freeze` wrote."""
    fields = orjson.loads(stored)
    return TicketState(content=Content(**fields.pop("content")), **fields)
