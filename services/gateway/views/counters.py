"""Numbers of tickets by day of creation, from the day counters if they can answer the selection. Pure.

The counters of collection `stats` answer selections without a filter or by one dimension, also by status and days. The
cost does not grow with the number of tickets: whole months are added up, and single days only in the months where they
are needed. For other selections, the tickets themselves are counted.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple

from services.gateway.parameters.filters import STATUSES, Filter, Selection, agencies_filter, all_of
from shared.accounts.scopes import EVERYTHING, Visible
from shared.clock import ZONE
from shared.read_model import index_names
from shared.read_model.counter_layout import MONTHS, Dimension, days_field, days_of
from shared.read_model.index_names import StatsIndex
from shared.read_model.local_days import LAST_MOMENT

Pipeline = Sequence[Mapping[str, Any]]

Created = Mapping[date, int]
"""Number of tickets by day of creation. If a month was not read by day, all its tickets count on its first day."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters that answer a selection: a dimension, and the values, statuses and days that count.

    `values`: agencies, towns or call purposes. Without values, every `visible` value counts. `first` and `last` are the
    limits of the day of creation, both included, None for no limit.
    """

    dimension: Dimension = "none"
    values: tuple[str, ...] = ()
    visible: Visible = EVERYTHING
    statuses: tuple[str, ...] = STATUSES
    first: date | None = None
    last: date | None = None

    @property
    def index(self) -> StatsIndex:
        """Return the index of `stats` to use."""
        return index_names.AGENCY if self.dimension == "agencies" else index_names.CELL

    @property
    def filter(self) -> Filter:
        """Return the MongoDB filter on `stats` for their documents."""
        match self.dimension:
            case "none":
                values: Filter = {}
            case "agencies":
                values = agencies_filter(self.values, self.visible)
            case "town" | "purpose":
                values = {"value": {"$in": list(self.values)}}
        bounds = {"$gte": self.first, "$lte": self.last}
        years = {bound: day.year for bound, day in bounds.items() if day}
        return all_of({"dimension": self.dimension}, values, {"year": years} if years else {})

    def partial_months(self) -> frozenset[date]:
        """Return the months that are selected only in part. Their days must be read."""
        return frozenset(month_of(day) for day in (self.first, self.last) if day)


def choose_counters(selection: Selection, visible: Visible) -> Counters | None:
    """Return the counters for what is selected and `visible`; None when no dimension answers it."""
    if visible.kind == "patrimonies" or selection.providers or selection.terms:
        return None
    chosen: dict[Dimension, tuple[str, ...]] = {"town": selection.towns, "purpose": selection.purposes}
    selecting = [dimension for dimension, values in chosen.items() if values]
    if selection.agencies or visible.kind == "agencies":
        chosen["agencies"] = selection.agencies
        selecting.append("agencies")
    if len(selecting) > 1:
        return None
    dimension: Dimension = selecting[0] if selecting else "none"
    return Counters(
        dimension,
        chosen.get(dimension, ()),
        visible,
        (selection.status,) if selection.status else STATUSES,
        selection.first,
        selection.last,
    )


def counters_pipeline(counters: Counters, months: Iterable[date]) -> Pipeline:
    """Return the pipeline on `stats` that adds up every month, and the days of `months`; `created` reads its result.

    One accumulator for each counter would work too, but MongoDB takes long to compile so many.
    """
    whole = _counts(f"${MONTHS}", {"month": "$$this.k"}, counters.statuses)
    days = [
        _counts(_days_of(month), {"month": f"{month:%m}", "day": "$$this.k"}, counters.statuses)
        for month in sorted(months)
    ]
    return [
        {"$match": counters.filter},
        {"$project": {"year": 1, "part": {"$concatArrays": [whole, *days]}}},
        {"$unwind": "$part"},
        {
            "$group": {
                "_id": {"year": "$year", "month": "$part.month", "day": "$part.day"},
                "count": {"$sum": "$part.count"},
            }
        },
    ]


def _days_of(month: date) -> Filter:
    days = {"$ifNull": [f"${days_field(f'{month:%m}')}", {}]}
    return {"$cond": [{"$eq": ["$year", month.year]}, days, {}]}


def _counts(record: Any, names: Filter, statuses: Sequence[str]) -> Filter:
    """Return the expression for the counts in `record`. They are added up first, so that no stage copies the rest."""
    count = {"$add": [{"$ifNull": [f"$$this.v.{status}", 0]} for status in statuses]}
    return {"$map": {"input": {"$objectToArray": record}, "in": {**names, "count": count}}}


def created(found: Iterable[Mapping[str, Any]], counters: Counters, months: Collection[date]) -> Created:
    """Return the counts from the result of `counters_pipeline` with the same `months`, partial months included."""
    counts: dict[date, int] = {}
    for part in found:
        year, month, day = part["_id"]["year"], int(part["_id"]["month"]), part["_id"].get("day")
        if (date(year, month, 1) in months) == (day is not None):
            counts[date(year, month, int(day or 1))] = part["count"]
    return of_selected_days(counts, counters)


def of_selected_days(counts: Created, counters: Counters) -> Created:
    """Return the counts of the selected days. Those of the partial months must be by day."""
    first, last = counters.first or date.min, counters.last or date.max
    return {day: count for day, count in counts.items() if count and first <= day <= last}


def tickets_pipeline(wanted: Filter) -> Pipeline:
    """Return the pipeline on `tickets` that counts the tickets that `wanted` finds by day.

    The day is computed from `created`, which every index has. So MongoDB need not read the tickets.
    """
    moment = {"$min": ["$created", LAST_MOMENT]}
    day = {"$dateToString": {"date": moment, "format": "%Y-%m-%d", "timezone": ZONE.key}}
    return [{"$match": wanted}, {"$group": {"_id": day, "count": {"$sum": 1}}}]


def with_days(counts: Created, month: date, found: Iterable[Mapping[str, Any]], statuses: Sequence[str]) -> Created:
    """Return `counts` with the tickets of `month` by day, added up from the counter documents `found` of its year."""
    days: defaultdict[str, int] = defaultdict(int)
    for document in found:
        for day, by_status in days_of(document, f"{month:%m}").items():
            for status in statuses:
                days[day] += by_status.get(status, 0)
    others = {day: count for day, count in counts.items() if month_of(day) != month}
    return others | {month.replace(day=int(day)): count for day, count in days.items() if count}


class Position(NamedTuple):
    """Place of an item in a list, the newest first: on `day`, after `before` others of that day."""

    day: date
    before: int


class NewestFirst:
    """Tickets `created` in the order of lists."""

    def __init__(self, created: Created) -> None:
        self._days = sorted(created, reverse=True)
        self._ends = list(accumulate(created[day] for day in self._days))
        self.total = self._ends[-1] if self._ends else 0

    def position_of(self, index: int) -> Position:
        """Return the place of ticket number `index`; raises `IndexError`."""
        number = bisect_right(self._ends, index)
        return Position(self._days[number], index - (self._ends[number - 1] if number else 0))


def month_of(day: date) -> date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)
