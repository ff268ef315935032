"""The commands that the write endpoints show. Sent in their order, each is accepted on the ticket that the first opens.

The contract's examples stand alone. Some share a `processUid`, some happen before the opening: those are changed here.
"""

from collections.abc import Mapping
from typing import Any, get_args

from shared.contract import IncrementTicket
from shared.contract.examples import examples

Body = Mapping[str, Any]

_OPENING = "OpenTicket"
_INCREMENTS = tuple(command.__name__ for command in get_args(get_args(IncrementTicket)[0]))
_LATER = {"date": "2016-08-26T10:00:00.000+02:00"}


def _changes() -> Mapping[str, Body]:
    opened, replaced, called = (examples()[f"command.{name}"] for name in (_OPENING, "UpdateTicket", "EmitCallTo"))
    return {
        # the contract's address consists of the names of its fields
        _OPENING: {"ticket": opened["ticket"] | {"address": replaced["ticket"]["address"]}},
        "AssignProvider": {"date": "2016-08-25T17:05:00.000+02:00"},
        "ReportSendingServiceOrder": {
            "processUid": "5deed63d-a7f4-254e-9127-7c177d7fd5a9",
            "reportDate": "2016-08-25T17:07:00.000+02:00",
            "sendingDate": "2016-08-25T17:06:00.000+02:00",
        },
        "CorrectTicketInformations": _LATER | {"processUid": "5deed63d-a7f4-254e-9127-7c177d7fd5aa"},
        "CorrectTicketEventInformations": _LATER | {"targetedEvent": called["processUid"]},
    }


def opening() -> dict[str, Any]:
    """Return the command that opens the ticket. Its place is in the demonstration's directory."""
    return _shown(_OPENING)


def increments() -> dict[str, dict[str, Any]]:
    """Return the commands on the opened ticket by type, in their order."""
    return {name: _shown(name) for name in _INCREMENTS}


def opened() -> dict[str, Any]:
    """Return the event that the opening becomes, four seconds later."""
    fields = opening()
    del fields["commandType"]
    return fields | {"sentDate": "2016-08-25T14:51:27.000Z", "eventType": "TicketOpened"}


def _shown(name: str) -> dict[str, Any]:
    return {**examples()[f"command.{name}"], **_changes().get(name, {})}
