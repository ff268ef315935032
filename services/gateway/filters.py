"""Which tickets a request selects: from the query's parameters to a filter on the views (`http.yaml`, filters).

Pure: query string in, MongoDB filter out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.gateway.days import end_of, start_of
from services.gateway.fulltext import Term, read_terms
from services.gateway.query import BadParameterError, Query, checked
from shared.contract.scalars import local_date, uid
from shared.text import fold

Filter = Mapping[str, Any]
"""A MongoDB filter; the empty one selects everything."""

STATUSES = ("OPENED", "CLOSED")
BESIDE_FULLTEXT = ("agency", "status", "location", "from", "to", "callpurpose", "activeproviders")
NOT_FOR_STATS = frozenset({"range", "activeproviders"})
"""Parameters of the other endpoints that statistics ignore (contract README, 1, 3 and 85)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for: OR inside a field, AND between them; an empty field does not select.

    `towns` and `purposes` are folded, `first` and `last` are local days of creation, both included.
    """

    agencies: tuple[str, ...] = ()
    status: str | None = None
    towns: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    purposes: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    """Terms of full text, which all must be held: AND."""


def read_selection(query: Query, today: date, *, fulltext_alone: bool = True) -> Selection:
    """Read the filter parameters of list, stats and export; raises `BadParameterError`.

    `fulltext_alone`: with `fulltext` there may be no other filter (contract README, 4 and 5).
    """
    terms = read_terms(query)
    if terms and fulltext_alone and (other := next(filter(query.many, BESIDE_FULLTEXT), None)):
        raise BadParameterError(f"Parameter fulltext can not be combined with {other}.")
    first, last = _day(query, "from"), _day(query, "to")
    if first and last and last < first:
        raise BadParameterError("Parameter to must not be before from.")
    status = query.one("status")
    return Selection(
        agencies=tuple(checked("agency", uid, value) for value in query.many("agency")),
        status=checked("status", _status, status) if status else None,
        towns=tuple(map(fold, query.many("location"))),
        first=first,
        last=today if first and not last else last,
        purposes=tuple(map(fold, query.many("callpurpose"))),
        providers=tuple(map(str.lower, query.many("activeproviders"))),
        terms=terms,
    )


def mongo_filter(selection: Selection) -> Filter:
    """Give the filter on `tickets` that finds the selected ones, full text aside."""
    wanted: dict[str, Any] = {
        field: {"$in": list(values)}
        for field, values in (
            ("agencies", selection.agencies),
            ("town", selection.towns),
            ("purpose", selection.purposes),
            ("provider", selection.providers),
        )
        if values
    }
    if selection.status:
        wanted["status"] = selection.status
    return {**wanted, **created_between(selection.first, selection.last)}


def created_between(first: date | None, last: date | None) -> Filter:
    """Give the filter on `tickets` that finds those created on local days from `first` to `last`, if given."""
    bounds = {"$gte": start_of(first) if first else None, "$lt": end_of(last) if last else None}
    created = {bound: moment for bound, moment in bounds.items() if moment}
    return {"created": created} if created else {}


def all_of(*filters: Filter) -> Filter:
    """Give the filter that finds what every one of `filters` does."""
    selecting = [dict(one) for one in filters if one]
    return {"$and": selecting} if selecting else {}


def _status(text: str) -> str:
    if text not in STATUSES:
        raise ValueError(f"must be {' or '.join(STATUSES)}")
    return text


def _day(query: Query, name: str) -> date | None:
    value = query.one(name)
    return date.fromisoformat(checked(name, local_date, value)) if value else None
