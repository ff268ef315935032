"""How many tickets were created on each day, and the statistics made of it (contract `views.yaml`, TicketStats).

Pure. The counts come from the counters of collection `stats` as long as the request selects by no more than one of
the dimensions that these are kept for, status and days aside; then they cost the same for any number of tickets. Else
they are counted on the tickets themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from services.gateway.filters import STATUSES, Filter, Selection, all_of, mongo_filter
from shared.contract import NewTicketsStats, TicketCreationFrequencyStats, TicketStats

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Source:
    """Where counts are read: `pipeline` yields `{_id: "YYYY-MM-DD", count}` for every day that has any."""

    collection: Literal["stats", "tickets"]
    pipeline: Sequence[Mapping[str, Any]]


def source(selection: Selection, visible: Filter) -> Source:
    """Choose where the tickets that are selected, full text aside, and `visible` are counted."""
    dimensions = {
        "agencies": bool(selection.agencies) or "agencies" in visible,
        "town": bool(selection.towns),
        "purpose": bool(selection.purposes),
    }
    selecting = [dimension for dimension, selects in dimensions.items() if selects]
    if "patrimony" in visible or len(selecting) > 1:
        return on_tickets(all_of(mongo_filter(selection), visible))
    return _on_counters(selecting[0] if selecting else "none", selection, visible)


def statistics(created: Mapping[date, int], selection: Selection, today: date) -> TicketStats:
    """Make the statistics of tickets `created` per day (contract README, 56 and 78)."""
    this_month = today.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    next_month = (this_month + timedelta(days=31)).replace(day=1)

    def between(first: date, end: date) -> int:
        return sum(count for day, count in created.items() if first <= day < end)

    first = selection.first or min(created, default=today)
    last = selection.last or today
    return TicketStats(
        newTickets=NewTicketsStats(
            lastSevenDays=between(today - timedelta(days=6), today + timedelta(days=1)),
            lastMonth=between(last_month, this_month),
            currentMonth=between(this_month, next_month),
        ),
        ticketCreationFrequency=TicketCreationFrequencyStats(
            byDay=_rate(sum(created.values()), max(1, (last - first).days + 1))
        ),
    )


def _rate(tickets: int, days: int) -> int | float:
    rate = (Decimal(tickets) / days).quantize(CENT, ROUND_HALF_UP)
    return int(rate) if rate == int(rate) else float(rate)


def on_tickets(wanted: Filter) -> Source:
    """Count the tickets that `wanted` finds one by one."""
    return Source("tickets", [{"$match": wanted}, {"$group": {"_id": "$day", "count": {"$sum": 1}}}])


def _on_counters(dimension: str, selection: Selection, visible: Filter) -> Source:
    values = {
        "agencies": {"agencies": {"$in": list(selection.agencies)}} if selection.agencies else {},
        "town": {"value": {"$in": list(selection.towns)}},
        "purpose": {"value": {"$in": list(selection.purposes)}},
    }.get(dimension, {})
    statuses = [selection.status] if selection.status else STATUSES
    return Source(
        "stats",
        [
            {"$match": all_of({"dimension": dimension}, values, visible, _within("month", selection, length=7))},
            {"$project": {"month": 1, "day": {"$objectToArray": "$days"}}},
            {"$unwind": "$day"},
            {
                "$group": {
                    "_id": {"$concat": ["$month", "-", "$day.k"]},
                    "count": {"$sum": {"$add": [{"$ifNull": [f"$day.v.{status}", 0]} for status in statuses]}},
                }
            },
            {"$match": all_of({"count": {"$gt": 0}}, _within("_id", selection, length=10))},
        ],
    )


def _within(field: str, selection: Selection, *, length: int) -> Filter:
    """Bound a day or month, written `YYYY-MM-DD` and cut to `length`, by the selected days."""
    bounds = {"$gte": selection.first, "$lte": selection.last}
    written = {bound: day.isoformat()[:length] for bound, day in bounds.items() if day}
    return {field: written} if written else {}
