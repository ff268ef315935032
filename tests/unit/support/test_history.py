"""The checker of histories: it finds each broken promise of the write side, and no fault in a correct history."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from tests.support.data.contract_examples import command
from tests.support.data.tickets import AT_NORTH, ticket_uid
from tests.support.expected.command_answers import Fields, event_of
from tests.support.expected.history import Call, Kept, faults

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
    """The answers and the stored events of a ticket."""

    calls: list[Call]
    events: list[Kept]
    ticket: str = TICKET

    def only(self, *versions: int) -> "History":
        """Return only these versions, numbered again in this order."""
        calls = [self.calls[old - 1]._replace(version=new) for new, old in enumerate(versions, 1)]
        events = [self.events[old - 1]._replace(version=new) for new, old in enumerate(versions, 1)]
        return History(calls, events)

    def stored(self, *events: Kept) -> "History":
        return self._replace(events=list(events))

    def saying(self, old: bytes, new: bytes) -> "History":
        """Change the last event, in its answer and in the store."""
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
    "lost": (lambda history: history.stored(*history.events[:-1]), "version 4 was answered and is not stored so"),
    "gap": (lambda history: history.stored(history.events[0], *history.events[2:]), "versions are [1, 3, 4]"),
    "twice": (lambda history: history.stored(*history.events, history.events[3]._replace(version=5)), "is there twice"),
    "changed": (
        lambda history: history.stored(
            *history.events[:3], history.events[3]._replace(body=history.events[3].body + b" ")
        ),
        "version 4 was answered and is not stored so",
    ),
    "nobody's": (lambda history: history._replace(calls=history.calls[:3]), "4 events are stored, 3 were answered"),
    "another ticket's": (lambda history: history._replace(ticket="another"), "stored under keys of another event"),
    "another's words": (lambda history: history.saying(b'"message": "', b'"message": "Not '), "version 4 says {"),
    "without a date": (lambda history: history.saying(b"sentDate", b"someDate"), "version 4 says {"),
    "order": (lambda history: history.only(1, 2, 4, 3), "AddMessage was answered MessageAdded, in no state"),
    "taken": (lambda history: history.only(1, 3, 4), "ScheduleMission was answered MissionScheduled, in no state"),
    "stale": (lambda history: history.refused(NO_PROVIDER, with_version=3), f"was answered {NO_PROVIDER}, in no state"),
    "early": (lambda history: history.refused(NO_TICKET, with_version=2), f"was answered {NO_TICKET}, in no state"),
}


@pytest.mark.parametrize("history", [KEPT, KEPT.refused(NO_PROVIDER, with_version=2), KEPT.only(1, 2, 4)])
def test_a_history_that_keeps_all_promises_has_no_fault(history: History) -> None:
    assert faults(history.ticket, history.calls, history.events) == []


@pytest.mark.parametrize(("change", "fault"), BROKEN.values(), ids=BROKEN)
def test_a_history_that_breaks_a_promise_is_found_out(change: Callable[[History], History], fault: str) -> None:
    history = change(KEPT)
    assert fault in "; ".join(faults(history.ticket, history.calls, history.events))
