"""A history that breaks a promise of the write side is told from one that keeps them all."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from tests.support.contract import command
from tests.support.history import Call, Kept, faults
from tests.support.model import Fields, event_of
from tests.support.tickets import AT_NORTH, ticket_uid

TICKET, SENDER = ticket_uid(1), ticket_uid(2)
NO_PROVIDER = "ImpossibleToScheduleMissionIfNoProviderIsAssigned"
NO_TICKET = "ImpossibleToPerfomCommandOnNonExistingTicket"


def numbered(number: int, kind: str) -> Fields:
    return command(kind, processUid=ticket_uid(100 + number), **({"locationRef": AT_NORTH} if number == 1 else {}))


def accepted(version: int, sent: Fields) -> Call:
    """Answer a command before the next one is sent."""
    event = event_of(TICKET, sent, SENDER) | {"sentDate": "2016-08-25T17:00:00.000Z"}
    answered = json.dumps(event).encode()
    return Call(sent, SENDER, 2 * version, 2 * version + 1, event["eventType"], version, answered)


class History(NamedTuple):
    """What was answered and what is stored of a ticket."""

    calls: list[Call]
    events: list[Kept]
    ticket: str = TICKET

    def only(self, *versions: int) -> "History":
        """Keep these versions alone, numbered anew in this order."""
        calls = [self.calls[old - 1]._replace(version=new) for new, old in enumerate(versions, 1)]
        events = [self.events[old - 1]._replace(version=new) for new, old in enumerate(versions, 1)]
        return History(calls, events)

    def stored(self, *events: Kept) -> "History":
        return self._replace(events=list(events))

    def saying(self, old: bytes, new: bytes) -> "History":
        """Let the last event say something else, as answered and as stored."""
        (*calls, call), (*events, event) = self.calls, self.events
        body = event.body.replace(old, new)
        assert body != event.body
        return History([*calls, call._replace(body=body)], [*events, event._replace(body=body)])

    def refused(self, error: str, *, with_version: int) -> "History":
        """Add a second try to schedule that was refused while the command of `with_version` was in flight."""
        at = self.calls[with_version - 1]
        return self._replace(
            calls=[*self.calls, Call(numbered(9, "ScheduleMission"), SENDER, at.sent, at.answered, error)]
        )


LIFE = ("OpenTicket", "AssignProvider", "ScheduleMission", "AddMessage")
CALLS = [accepted(version, numbered(version, kind)) for version, kind in enumerate(LIFE, 1)]
KEPT = History(CALLS, [Kept(n, call.command["processUid"], call.body) for n, call in enumerate(CALLS, 1)])

BROKEN: Mapping[str, tuple[Callable[[History], History], str]] = {
    "lost": (lambda told: told.stored(*told.events[:-1]), "version 4 was answered and is not stored so"),
    "gap": (lambda told: told.stored(told.events[0], *told.events[2:]), "versions are [1, 3, 4]"),
    "twice": (lambda told: told.stored(*told.events, told.events[3]._replace(version=5)), "is there twice"),
    "changed": (
        lambda told: told.stored(*told.events[:3], told.events[3]._replace(body=told.events[3].body + b" ")),
        "version 4 was answered and is not stored so",
    ),
    "nobody's": (lambda told: told._replace(calls=told.calls[:3]), "4 events are stored, 3 were answered"),
    "another ticket's": (lambda told: told._replace(ticket="another"), "stored under keys of another event"),
    "another's words": (lambda told: told.saying(b'"message": "', b'"message": "Not '), "version 4 says {"),
    "without a date": (lambda told: told.saying(b"sentDate", b"someDate"), "version 4 says {"),
    "order": (lambda told: told.only(1, 2, 4, 3), "AddMessage was answered MessageAdded, in no state"),
    "taken": (lambda told: told.only(1, 3, 4), "ScheduleMission was answered MissionScheduled, in no state"),
    "stale": (lambda told: told.refused(NO_PROVIDER, with_version=3), f"was answered {NO_PROVIDER}, in no state"),
    "early": (lambda told: told.refused(NO_TICKET, with_version=2), f"was answered {NO_TICKET}, in no state"),
}


@pytest.mark.parametrize("told", [KEPT, KEPT.refused(NO_PROVIDER, with_version=2), KEPT.only(1, 2, 4)])
def test_a_history_that_keeps_all_promises_has_no_fault(told: History) -> None:
    assert faults(told.ticket, told.calls, told.events) == []


@pytest.mark.parametrize(("change", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_history_that_breaks_a_promise_is_found_out(change: Callable[[History], History], fault: str) -> None:
    told = change(KEPT)
    assert fault in "; ".join(faults(told.ticket, told.calls, told.events))
