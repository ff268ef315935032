"""What the page of a ticket shows: its facts, its durations beside its deadline, and its journal by day. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import orjson

from services.gateway.console.writing import cut
from shared.clock import instant

LONGEST_TEXT: Final = 4_000
LONGEST_NAME: Final = 300
MOST_ENTRIES: Final = 500
"""Entries of the journal on a page, the newest ones. The JSON has all of them."""
MOST_VALUES: Final = 100
"""Additional data, agencies, and contacts of a provider on a page."""
WIDTH: Final = 1_000
"""Units of the time axis of the durations."""
DURATIONS: Final = (
    "callCenterReactionTime",
    "transmissionTime",
    "interventionResponseTime",
    "interventionDuration",
    "repairTime",
)
DATA_SHOWN: Final = ("called", "caller", "provider", "medium", "identifier", "trialLabel", "brakeDownNature")


@dataclass(frozen=True, slots=True)
class Bar:
    """A duration on the time axis: where its bar begins and how long it is, in units of `WIDTH`."""

    name: str
    milliseconds: float
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """The deadline of an intervention, its place on the time axis, and whether work began too late."""

    kind: str
    at: datetime
    place: int
    missed: bool


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The durations of a ticket from its opening on, with the deadlines."""

    bars: Sequence[Bar]
    deadlines: Sequence[Deadline]


def deadlines_of(export: bytes) -> dict[str, datetime]:
    """Return the deadline of an exported ticket, and the one of its last formal notice, by kind."""
    ticket = orjson.loads(export)
    found = {"deadline": ticket.get("interventionDeadline"), "notice": ticket.get("formalNotice", {}).get("deadline")}
    return {kind: instant(at) for kind, at in found.items() if at}


def time_axis(ticket: Mapping[str, Any], deadlines: Mapping[str, datetime], now: datetime) -> TimeAxis:
    """Return the durations of `ticket` (a detail) on an axis that ends with the last of them, or the last deadline.

    A deadline is missed when the intervention began after it, or has not begun by `now` on an open ticket.
    """
    opened = instant(ticket["created"])
    known: dict[str, float] = {name: ticket[name] for name in DURATIONS if name in ticket}
    places = {kind: (at - opened) / timedelta(milliseconds=1) for kind, at in deadlines.items()}
    end: float = max([1.0, *known.values(), *places.values()])

    def unit(milliseconds: float) -> int:
        return min(WIDTH, max(0, int(milliseconds / end * WIDTH)))

    bars = []
    for name, milliseconds in known.items():
        before = known["repairTime"] - milliseconds if name == "interventionDuration" and "repairTime" in known else 0
        bars.append(Bar(name, milliseconds, unit(before), max(2, unit(milliseconds))))
    response = known.get("interventionResponseTime")
    begun = opened + timedelta(milliseconds=response) if response is not None else None
    began_by = begun or (now if ticket["status"] == "OPENED" else None)
    return TimeAxis(
        bars,
        [
            Deadline(kind, at, unit(places[kind]), missed=began_by is not None and began_by > at)
            for kind, at in deadlines.items()
        ],
    )


def shown_ticket(detail: bytes) -> Mapping[str, Any]:
    """Return a detail of the API with its texts cut to what a page holds, and only its newest entries.

    `left_out` is the number of older entries.
    """
    ticket: dict[str, Any] = orjson.loads(detail)
    journal = [(day["day"], entry) for day in ticket["journal"] for entry in day["events"]]
    newest = journal[-MOST_ENTRIES:]
    ticket["journal"] = [
        {"day": day, "entries": [_entry(entry) for _, entry in entries]}
        for day, entries in groupby(newest, key=lambda one: one[0])
    ]
    ticket["left_out"] = len(journal) - len(newest)
    for name in ("closed", "state"):
        ticket.setdefault(name, None)
    for name in ("request", "instructions", "report"):
        ticket[name] = cut(ticket.get(name) or "", LONGEST_TEXT)
    for name in ("ref", "callPurpose"):
        ticket[name] = cut(ticket[name], LONGEST_NAME)
    ticket["caller"] = _shortened(ticket["caller"])
    ticket["address"] = _shortened(ticket["address"])
    ticket["provider"] = _shortened(ticket.get("provider"))
    ticket["patrimony"] = _shortened(ticket.get("patrimony"))
    ticket["agencies"] = _shortened(ticket["agencies"])
    additional = list(ticket["additionalDataz"].items())[:MOST_VALUES]
    ticket["additional"] = [(cut(key, LONGEST_NAME), cut(str(value), LONGEST_TEXT)) for key, value in additional]
    return ticket


def _entry(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    data = entry["data"]
    facts = [(name, cut(str(data[name]), LONGEST_NAME)) for name in DATA_SHOWN if name in data]
    message = cut(data["message"], LONGEST_TEXT) if "message" in data else None
    return {"name": entry["eventName"], "date": entry["date"], "facts": facts, "message": message}


def _shortened(value: Any) -> Any:
    """Return a value of the API with all its texts cut, and its lists too."""
    match value:
        case str():
            return cut(value, LONGEST_NAME)
        case list():
            return [_shortened(one) for one in value[:MOST_VALUES]]
        case dict():
            return {name: _shortened(one) for name, one in value.items()}
        case _:
            return value
