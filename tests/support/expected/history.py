"""A check that a ticket's answers and its stored events are one possible history.

The order of the stored events must explain every answer. A command has seen every event that was answered before it
was sent, and no event that was sent after its own answer. Some state between these two must give exactly its answer.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from tests.support.expected.command_answers import Fields, ModelTicket, event_of


class Call(NamedTuple):
    """A user's command and its answer: the type of the event or error; for an event also version and JSON.

    `sent` and `answered` are ticks of a counter that all clients share.
    """

    command: Fields
    sender: str
    sent: int
    answered: int
    answer: str
    version: int | None = None
    body: bytes = b""


class Kept(NamedTuple):
    """A stored event."""

    version: int
    process: str
    body: bytes


def faults(ticket: str, calls: Sequence[Call], events: Sequence[Kept]) -> list[str]:
    """Return what is wrong with the history of one ticket; `events` are in the order of their versions."""
    stored = [*_broken_row(ticket, events), *_not_as_answered(calls, events)]
    return stored or [*_not_as_sent(ticket, calls), *_unexplained(calls, events)]


def _broken_row(ticket: str, events: Sequence[Kept]) -> Iterator[str]:
    versions = [event.version for event in events]
    if versions != list(range(1, len(events) + 1)):
        yield f"versions are {versions}"
    if len({event.process for event in events}) < len(events):
        yield f"a processUid is there twice: {[event.process for event in events]}"
    for event in events:
        fields = json.loads(event.body)
        if (fields["aggregateUid"], fields["processUid"]) != (ticket, event.process):
            yield f"version {event.version} is stored under keys of another event"


def _not_as_answered(calls: Sequence[Call], events: Sequence[Kept]) -> Iterator[str]:
    answered = [(call.version, call.command["processUid"], call.body) for call in calls if call.version]
    for version, process, body in answered:
        if Kept(version, process, body) not in events:
            yield f"version {version} was answered and is not stored so"
    if len(answered) != len(events):
        yield f"{len(events)} events are stored, {len(answered)} were answered"


def _not_as_sent(ticket: str, calls: Sequence[Call]) -> Iterator[str]:
    for call in calls:
        if call.version:
            event = json.loads(call.body)
            expected = event_of(ticket, call.command, call.sender) | {"sentDate": event.get("sentDate")}
            if event != expected or not event.get("sentDate"):
                yield f"version {call.version} says {event}, its command {expected}"


def _unexplained(calls: Sequence[Call], events: Sequence[Kept]) -> Iterator[str]:
    states = list(accumulate((json.loads(event.body) for event in events), ModelTicket.after, initial=ModelTicket()))
    for call in calls:
        seen = max((other.version for other in calls if other.version and other.answered < call.sent), default=0)
        later = [other.version for other in calls if other.version and other.sent > call.answered]
        possible = range(seen, min(later, default=len(states)))
        decided = [call.version - 1] if call.version else possible
        if not any(version in possible and states[version].answer(call.command) == call.answer for version in decided):
            yield f"{call.command['commandType']} was answered {call.answer}, in no state of versions {possible}"
