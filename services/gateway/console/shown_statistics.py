"""What the page of statistics shows: opened and closed by day or week, bars by value, and durations."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle
from statistics import quantiles
from typing import Any, Final

from services.gateway.console.shown_list import address
from services.gateway.console.shown_ticket import DURATIONS
from services.gateway.console.writing import cut
from services.gateway.parameters.filters import Selection
from services.gateway.parameters.query import BadParameterError
from services.gateway.views.breakdown import MOST_VALUES, Breakdown, Count
from shared.directory.entries import Directory
from shared.text import label

DAYS_SHOWN: Final = 30
"""Days up to today that are shown when the address bar has no range."""
RANGES: Final = (7, 30, 90, 365)
"""Ranges that the page links to, in days."""
MOST_DAYS: Final = 366
MOST_COLUMNS: Final = 62
"""Columns of the chart by day. A longer range is shown by week."""
WEEK: Final = 7
LABELS: Final = 8
"""Most dates below the chart."""
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 240, 44, 10, 24
"""The chart in its own units, and the room for its axes."""
LONGEST_NAME: Final = 80
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A day, or a week that begins on `first`: tickets opened and closed on it, and their two bars in the chart.

    `still_open`: how many of those opened then are open now.
    """

    first: date
    opened: int
    still_open: int
    closed: int
    opened_x: float
    closed_x: float
    width: float
    opened_y: float
    closed_y: float
    opened_height: float
    closed_height: float
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns, and the lines behind them: number and height."""

    columns: Sequence[Column]
    lines: Sequence[tuple[int, float]]
    by_week: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A value with its number of tickets, and the length of its bar in hundredths of the longest."""

    value: str
    name: str
    count: int
    length: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A duration of several tickets: how many have it, and what half and nine tenths of them do not exceed."""

    name: str
    tickets: int
    half: float
    most: float
    half_length: int
    most_length: int


@dataclass(frozen=True, slots=True)
class Range:
    """A range that the page links to: its number of days, its address, and whether it is the one shown."""

    days: int
    address: str
    is_shown: bool


def with_range(selection: Selection, today: date) -> tuple[Selection, date, date]:
    """Return `selection` with its first and its last day; a first day in the future is the last one too.

    Raises `BadParameterError` for more than `MOST_DAYS`.
    """
    last = selection.last or max(today, selection.first or today)
    first = selection.first or last - min(timedelta(days=DAYS_SHOWN - 1), last - date.min)
    if (last - first).days >= MOST_DAYS:
        raise BadParameterError(f"Parameters from and to may span {MOST_DAYS} days here.")
    return replace(selection, first=first, last=last), first, last


def ranges(today: date, first: date, last: date, filters: Mapping[str, Sequence[str]]) -> list[Range]:
    """Return the ranges that end today, for the same filters."""
    found = []
    for days in RANGES:
        start = today - timedelta(days=days - 1)
        since = address("/statistics", {**filters, "from": (start.isoformat(),), "to": ()})
        found.append(Range(days, since, is_shown=(start, today) == (first, last)))
    return found


def shown(counted: Breakdown, first: date, last: date, directory: Directory) -> dict[str, Any]:
    """Return what the page shows of the tickets opened or closed from `first` to `last`."""
    return {
        "totals": totals(counted.days.values(), counted.closings.values()),
        "chart": chart(counted.days, counted.closings, first, last),
        "agencies": shares(counted.agencies, agency_names(counted, directory)),
        "towns": shares(counted.towns, written(head["address"]["city"] for head in counted.heads)),
        "purposes": shares(counted.purposes, written(head["callPurpose"] for head in counted.heads)),
        "most": MOST_VALUES,
        "durations": measured(counted.heads),
        "measured": len(counted.heads),
    }


def rows_of(shown: Mapping[str, Any]) -> int:
    """Return the number of columns and bars of what the page shows. Each takes about as many bytes as a row."""
    return len(shown["chart"].columns) + sum(len(shown[name]) for name in ("agencies", "towns", "purposes"))


def chart(days: Mapping[date, Mapping[str, int]], closings: Mapping[date, int], first: date, last: date) -> Chart:
    """Return the chart of the tickets opened or closed from `first` to `last`."""
    length = (last - first).days + 1
    step = 1 if length <= MOST_COLUMNS else WEEK
    counts: list[tuple[date, Mapping[str, int]]] = []
    for start in range(0, length, step):
        begins = first + timedelta(days=start)
        of_column = [begins + timedelta(days=day) for day in range(min(step, length - start))]
        opened, closed = [days.get(day, {}) for day in of_column], [closings.get(day, 0) for day in of_column]
        counts.append((begins, totals(opened, closed)))
    top = _round_up(max(max(count["opened"], count["closed"]) for _, count in counts))
    plot, room = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT) / len(counts)
    every = -(-len(counts) // LABELS)
    columns = []
    for number, (begins, count) in enumerate(counts):
        left, axis = LEFT + number * room, HEIGHT - BOTTOM
        opened_height, closed_height = count["opened"] / top * plot, count["closed"] / top * plot
        columns.append(
            Column(
                first=begins,
                **count,
                opened_x=round(left + room * 0.1, 1),
                closed_x=round(left + room * 0.52, 1),
                width=round(room * 0.38, 1),
                opened_y=round(axis - opened_height, 1),
                closed_y=round(axis - closed_height, 1),
                opened_height=round(opened_height, 1),
                closed_height=round(closed_height, 1),
                is_labelled=number % every == 0,
            )
        )
    parts = 4 if top % 4 == 0 else 2 if top % 2 == 0 else 1
    lines = [(top * part // parts, HEIGHT - BOTTOM - plot * part / parts) for part in range(parts + 1)]
    return Chart(columns, lines, by_week=step == WEEK)


def shares(counts: Sequence[Count], names: Mapping[str, str] | None = None) -> list[Share]:
    """Return the bars of `counts`, the longest first; `names` has the names of their values."""
    longest = max((count for _, count in counts), default=1)
    return [
        Share(value, cut((names or {}).get(value, value), LONGEST_NAME), count, max(1, count * PERCENT // longest))
        for value, count in counts
    ]


def tickets_of(selection: Selection, filters: Mapping[str, Sequence[str]], parameter: str, value: str) -> str | None:
    """Return the address of the list of those tickets of `selection` that have a value; None if no list has just them.

    The list takes full text alone, and tickets of one agency or another. It cannot take those of one and another.
    """
    is_another = parameter == "agency" and bool(selection.agencies) and value not in selection.agencies
    if not value or selection.terms or is_another:
        return None
    days = {"from": (str(selection.first),), "to": (str(selection.last),)}
    return address("/tickets", {**filters, parameter: (value,), **days})


def agency_names(breakdown: Breakdown, directory: Directory) -> dict[str, str]:
    """Return the names of the counted agencies."""
    known = ((uid, directory.agencies.get(uid)) for uid, _ in breakdown.agencies)
    return {uid: agency.label for uid, agency in known if agency}


def written(texts: Iterable[str]) -> dict[str, str]:
    """Return how people write the labels of `texts`: as the first of them that has the label."""
    return {label(text): text for text in reversed(list(dict.fromkeys(texts)))}


def measured(heads: Sequence[Mapping[str, Any]]) -> list[Measured]:
    """Return the durations that at least one of `heads` has."""
    known = {name: sorted(head[name] for head in heads if name in head) for name in DURATIONS}
    percentiles = {name: _half_and_most(values) for name, values in known.items() if values}
    longest = max((most for _, most in percentiles.values()), default=0) or 1
    return [
        Measured(name, len(known[name]), half, most, *(round(each / longest * PERCENT) for each in (half, most)))
        for name, (half, most) in percentiles.items()
    ]


def totals(opened: Collection[Mapping[str, int]], closed: Iterable[int]) -> dict[str, int]:
    """Return how many tickets were opened, how many of these are still open, and how many were closed.

    `opened` has the numbers of several days by status, `closed` those of the closings.
    """
    return {
        "opened": sum(sum(day.values()) for day in opened),
        "still_open": sum(day.get("OPENED", 0) for day in opened),
        "closed": sum(closed),
    }


def _half_and_most(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    tenths = quantiles(values, n=10, method="inclusive")
    return tenths[4], tenths[8]


def _round_up(number: int) -> int:
    """Return the next number that makes a good end of an axis: 4, 8, 20, 40, 80, 200 and so on."""
    top, steps = 4, cycle((2, 2.5, 2))
    while top < number:
        top = int(top * next(steps))
    return top
