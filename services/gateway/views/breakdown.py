"""Selected tickets counted: opened by day and status, agency, town and call purpose, and closed by day.

The durations of the newest ones are read too.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import orjson

from services.gateway.parameters.filters import Selection
from services.gateway.views.counters import Pipeline
from services.gateway.views.finder import TicketQuery, closings_query_for, query_for
from services.gateway.views.snapshot import READ_MS, Snapshot
from services.gateway.views.stored_bytes import RenderedField
from services.gateway.views.terms import locate_terms
from shared.accounts.scopes import Visible
from shared.clock import ZONE
from shared.mongo import Database, Session, aggregate
from shared.process.offloading import offloaded
from shared.read_model.local_days import LAST_MOMENT
from shared.storage.schema import NEWEST_FIRST

MOST_VALUES = 12
"""Most agencies, towns and call purposes that are counted out: those with the most tickets."""
MOST_MEASURED = 1_000
"""Tickets whose durations are read: the newest ones of the selection."""

Count = tuple[str, int]
"""A value, and its number of tickets."""


class Breakdown(NamedTuple):
    """Numbers of tickets.

    `closings`: those closed now, by local day of closing, whenever they were opened. All others are of the tickets
    opened on the selected days. `days`: by local day of opening, then by status. `towns` and `purposes`: by label.
    `heads`: the details of the newest tickets, without their journals; one that is longer than `stored_bytes.INLINE`
    is left out.
    """

    closings: Mapping[date, int]
    days: Mapping[date, Mapping[str, int]]
    agencies: Sequence[Count]
    towns: Sequence[Count]
    purposes: Sequence[Count]
    heads: Sequence[Mapping[str, Any]]


async def read_breakdown(db: Database, selection: Selection, visible: Visible, snapshot: Snapshot) -> Breakdown:
    """Count what is selected and `visible`. Raises `TooManyFoundError` or `PyMongoError`."""
    terms = await locate_terms(db, selection.terms, visible, snapshot.session)
    query, closings = query_for(selection, visible, terms), {}
    if selection.status != "OPENED":
        closings = await _closings(db, closings_query_for(selection, visible, terms), snapshot.session)
    found = await aggregate(
        db.tickets, breakdown_pipeline(query), session=snapshot.session, maxTimeMS=READ_MS, **query.hint
    )
    parts = found[0]
    days: dict[date, dict[str, int]] = {}
    for each in parts["days"]:
        days.setdefault(date.fromisoformat(each["_id"]["day"]), {})[each["_id"]["status"]] = each["count"]
    agencies, towns, purposes = (
        [(each["_id"], each["count"]) for each in parts[name]] for name in ("agencies", "town", "purpose")
    )
    return Breakdown(closings, days, agencies, towns, purposes, await _heads(db, query, snapshot.session))


def breakdown_pipeline(query: TicketQuery) -> Pipeline:
    """Return the pipeline on `tickets` that counts what `query` finds, all in one scan."""
    day = {
        "$dateToString": {
            "date": {"$min": ["$created", LAST_MOMENT]},
            "format": "%Y-%m-%d",
            "timezone": ZONE.key,
        }
    }
    count = {"count": {"$sum": 1}}

    def most(field: str) -> Pipeline:
        return [
            {"$group": {"_id": f"${field}", **count}},
            {"$sort": {"count": -1, "_id": 1}},
            {"$limit": MOST_VALUES},
        ]

    return [
        {"$match": query.filter},
        {"$project": {"_id": 0, "created": 1, "status": 1, "agencies": 1, "town": 1, "purpose": 1}},
        {
            "$facet": {
                "days": [{"$group": {"_id": {"day": day, "status": "$status"}, **count}}],
                "agencies": [{"$unwind": "$agencies"}, *most("agencies")],
                "town": most("town"),
                "purpose": most("purpose"),
            }
        },
    ]


async def _closings(db: Database, query: TicketQuery, session: Session) -> dict[date, int]:
    by_day: Pipeline = [{"$match": query.filter}, {"$group": {"_id": "$closed", "count": {"$sum": 1}}}]
    found = await aggregate(db.tickets, by_day, session=session, maxTimeMS=READ_MS, **query.hint)
    return {date.fromisoformat(each["_id"]): each["count"] for each in found}


async def _heads(db: Database, query: TicketQuery, session: Session) -> list[Mapping[str, Any]]:
    field = RenderedField(db.tickets, "head", READ_MS)
    cursor = db.tickets.find(query.filter, field.projection, session=session, max_time_ms=READ_MS, **query.hint)
    found = await cursor.sort(list(NEWEST_FIRST)).limit(MOST_MEASURED).to_list(MOST_MEASURED)
    whole = [each["head"] for each in found if not isinstance(each["head"], int)]
    return await offloaded(sum(map(len, whole)), partial(_parsed, whole))


def _parsed(heads: Sequence[bytes]) -> list[Mapping[str, Any]]:
    return [orjson.loads(head) for head in heads]
