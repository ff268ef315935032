"""The filter parameters of a request: reads the query string and returns a MongoDB filter on the views. Pure.

The table `http.yaml` of the contract lists them under `filters`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.gateway.parameters.fulltext import Term, read_terms
from services.gateway.parameters.query import Query, Together, checked
from shared.accounts.scopes import Visible, visible_filter
from shared.contract.scalars import local_date, uid
from shared.read_model.local_days import end_of, start_of
from shared.text import label

Filter = Mapping[str, Any]
"""A MongoDB filter. An empty one selects everything."""

STATUSES = ("OPENED", "CLOSED")
BESIDE_FULLTEXT = ("agency", "status", "location", "from", "to", "callpurpose", "activeproviders")
NO_LABEL = " "
"""Label of a value without any word. It matches no ticket, because no ticket has a space as label (decision 0016)."""
NOT_FOR_STATS = frozenset({"range", "activeproviders"})
"""Parameters of the other read endpoints that statistics ignore (contract 1, 3 and 85)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The tickets that a request asks for: OR within a field, AND between fields. An empty field selects all.

    `towns` and `purposes` are labels. `first` and `last` are local days of creation, both included.
    """

    agencies: tuple[str, ...] = ()
    status: str | None = None
    towns: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    purposes: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    """Terms of full text. A ticket must have all of them."""


ALL_TICKETS = Selection()
"""The selection of a request without filter parameters."""


def read_selection(query: Query, today: date, *, fulltext_alone: bool = True) -> Selection:
    """Read the filter parameters of list, stats and export; raises `BadParameterError`.

    `fulltext_alone`: refuse other filters beside `fulltext` (contract 4 and 5). `today` ends a range without `to`.
    """
    with Together() as together:
        terms = together.read((), read_terms, query)
        if terms and fulltext_alone and (other := next(filter(query.many, BESIDE_FULLTEXT), None)):
            together.refuse(f"Parameter fulltext cannot be combined with {other}.")
        agencies = together.read((), _agencies, query)
        status = together.read(None, _status, query)
        first, last = together.read(None, _day, query, "from"), together.read(None, _day, query, "to")
        if first and last and last < first:
            together.refuse("Parameter to must not be before from.")
    return Selection(
        agencies=agencies,
        status=status,
        towns=_labels(query, "location"),
        first=first,
        last=today if first and not last else last,
        purposes=_labels(query, "callpurpose"),
        providers=tuple(map(str.lower, query.uids("activeproviders"))),
        terms=terms,
    )


def mongo_filter(selection: Selection, visible: Visible) -> Filter:
    """Return the filter on `tickets` for what is selected and `visible`, without full text."""
    wanted: dict[str, Any] = {
        field: {"$in": list(values)}
        for field, values in (
            ("town", selection.towns),
            ("purpose", selection.purposes),
            ("provider", selection.providers),
        )
        if values
    }
    if selection.status:
        wanted["status"] = selection.status
    return {
        **agencies_filter(selection.agencies, visible),
        **wanted,
        **created_between(selection.first, selection.last),
    }


def agencies_filter(agencies: Sequence[str], visible: Visible) -> Filter:
    """Return the filter on `tickets`, or on counters by agency, for what is `visible` and of one of `agencies`.

    Without agencies, it selects all that is visible. Agencies outside the scope are compared by an expression that no
    index supports. Otherwise MongoDB could choose their index and read all their documents.
    """
    if not agencies:
        return visible_filter(visible)
    chosen = {"agencies": {"$in": list(agencies)}}
    if visible.kind != "agencies":
        return {**visible_filter(visible), **chosen}
    if set(agencies) <= set(visible.uids):
        return chosen
    return {**visible_filter(visible), "$expr": {"$ne": [{"$setIntersection": ["$agencies", list(agencies)]}, []]}}


def created_between(first: date | None, last: date | None) -> Filter:
    """Return the filter on `tickets` created on local days from `first` to `last`; None is no limit."""
    bounds = {"$gte": start_of(first) if first else None, "$lt": end_of(last) if last else None}
    created = {bound: moment for bound, moment in bounds.items() if moment}
    return {"created": created} if created else {}


def closed_between(first: date | None, last: date | None) -> Filter:
    """Return the filter on `tickets` closed on local days from `first` to `last`; None is no limit."""
    return {"closed": {"$gte": (first or date.min).isoformat(), "$lte": (last or date.max).isoformat()}}


def all_of(*filters: Filter) -> Filter:
    """Return the filter for documents that all of `filters` select."""
    selecting = [dict(one) for one in filters if one]
    return {"$and": selecting} if selecting else {}


def _labels(query: Query, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label(text) or NO_LABEL for text in query.many(name)))


def _agencies(query: Query) -> tuple[str, ...]:
    return tuple(checked("agency", uid, value) for value in query.uids("agency"))


def _status(query: Query) -> str | None:
    status = query.one("status")
    return checked("status", _known_status, status) if status else None


def _known_status(text: str) -> str:
    if text not in STATUSES:
        raise ValueError(f"must be {' or '.join(STATUSES)}")
    return text


def _day(query: Query, name: str) -> date | None:
    value = query.one(name)
    return date.fromisoformat(checked(name, local_date, value)) if value else None
