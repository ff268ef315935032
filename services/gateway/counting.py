"""How many tickets were created when: read from counters as long as these are kept for what is selected.

Pure. The counters of collection `stats` answer for no filter and for one dimension, with status and days on top, at a
cost that does not grow with the number of tickets: whole months at once, and the days of those months alone that have
to be looked into. Anything else is counted on the tickets themselves.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from services.gateway.days import LAST_MOMENT
from services.gateway.filters import STATUSES, Filter, Selection, all_of
from shared.clock import ZONE

Pipeline = Sequence[Mapping[str, Any]]

Created = Mapping[date, int]
"""Tickets by the day on which they were created; those of a month not looked into stand on the first of it."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters that answer a selection: the filter on `stats` that finds them, and what of them counts.

    `index` is the one of `stats` that the filter goes along.
    """

    wanted: Filter
    index: str
    statuses: Sequence[str]
    first: date | None
    last: date | None

    def edges(self) -> frozenset[date]:
        """Tell the months that are only partly selected, which therefore have to be looked into."""
        return frozenset(month_of(day) for day in (self.first, self.last) if day)


def counters(selection: Selection, visible: Filter) -> Counters | None:
    """Choose the counters for what is selected and `visible`; None when there are none."""
    dimensions = {
        "agencies": bool(selection.agencies) or "agencies" in visible,
        "town": bool(selection.towns),
        "purpose": bool(selection.purposes),
    }
    selecting = [dimension for dimension, selects in dimensions.items() if selects]
    if "patrimony" in visible or selection.providers or selection.terms or len(selecting) > 1:
        return None
    dimension = selecting[0] if selecting else "none"
    values = {
        "agencies": {"agencies": {"$in": list(selection.agencies)}} if selection.agencies else {},
        "town": {"value": {"$in": list(selection.towns)}},
        "purpose": {"value": {"$in": list(selection.purposes)}},
    }.get(dimension, {})
    bounds = {"$gte": selection.first, "$lte": selection.last}
    years = {bound: day.year for bound, day in bounds.items() if day}
    return Counters(
        all_of({"dimension": dimension}, values, visible, {"year": years} if years else {}),
        "agency" if dimension == "agencies" else "cell",
        (selection.status,) if selection.status else STATUSES,
        selection.first,
        selection.last,
    )


def on_counters(counters: Counters, months: Iterable[date]) -> Pipeline:
    """Give the pipeline on `stats` that adds up every month, and the days of `months`; `created` reads its result.

    An accumulator for each of them would do as well, but MongoDB takes long to compile so many.
    """
    whole = _counts("$months", {"month": "$$this.k"}, counters.statuses)
    days = [
        _counts(_days_of(month), {"month": f"{month:%m}", "day": "$$this.k"}, counters.statuses)
        for month in sorted(months)
    ]
    return [
        {"$match": counters.wanted},
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
    days = {"$ifNull": [f"$months.{month:%m}.days", {}]}
    return {"$cond": [{"$eq": ["$year", month.year]}, days, {}]}


def _counts(record: Any, names: Filter, statuses: Sequence[str]) -> Filter:
    """List what `record` counts: added up here, because what a document holds besides would be copied on and on."""
    count = {"$add": [{"$ifNull": [f"$$this.v.{status}", 0]} for status in statuses]}
    return {"$map": {"input": {"$objectToArray": record}, "in": {**names, "count": count}}}


def created(found: Iterable[Mapping[str, Any]], counters: Counters, months: Collection[date]) -> Created:
    """Read what `on_counters` found with the same `months`, the edges among them."""
    counts: dict[date, int] = {}
    for part in found:
        year, month, day = part["_id"]["year"], int(part["_id"]["month"]), part["_id"].get("day")
        if (date(year, month, 1) in months) == (day is not None):
            counts[date(year, month, int(day or 1))] = part["count"]
    first, last = counters.first or date.min, counters.last or date.max
    return {day: count for day, count in counts.items() if count and first <= day <= last}


def on_tickets(wanted: Filter) -> Pipeline:
    """Give the pipeline on `tickets` that counts one by one what `wanted` finds, by day.

    The day is worked out of `created`, which every index has, so that no ticket is read for it.
    """
    moment = {"$min": ["$created", LAST_MOMENT]}
    day = {"$dateToString": {"date": moment, "format": "%Y-%m-%d", "timezone": ZONE.key}}
    return [{"$match": wanted}, {"$group": {"_id": day, "count": {"$sum": 1}}}]


def with_days(counts: Created, month: date, found: Iterable[Mapping[str, Any]], statuses: Sequence[str]) -> Created:
    """Give `counts` with the tickets of `month` on their days, added up from documents of counters of its year."""
    name = f"{month:%m}"
    days: defaultdict[str, int] = defaultdict(int)
    for document in found:
        for day, by_status in document["months"].get(name, {}).get("days", {}).items():
            for status in statuses:
                days[day] += by_status.get(status, 0)
    others = {day: count for day, count in counts.items() if month_of(day) != month}
    return others | {month.replace(day=int(day)): count for day, count in days.items() if count}


class Spot(NamedTuple):
    """Where an item stands, the newest first: on `day`, behind `before` others of that day."""

    day: date
    before: int


def spot(created: Created, index: int) -> Spot:
    """Tell where item number `index` stands among tickets `created`, the newest first; raises `IndexError`."""
    newer = 0
    for day in sorted(created, reverse=True):
        if index < newer + created[day]:
            return Spot(day, index - newer)
        newer += created[day]
    raise IndexError(f"number {index} of {newer}")


def month_of(day: date) -> date:
    """Give the first day of the month of `day`."""
    return day.replace(day=1)
