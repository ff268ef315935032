"""The day counters that tickets occupy: four dimensions, by creation day and status.

Counters of one year, partition and value of a dimension are one document, by month and day:
`months: {"05": {"OPENED": 7, "CLOSED": 2, "days": {"26": {"OPENED": 3}, …}}, …}`.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

Document = dict[str, Any]


class Cell(NamedTuple):
    """One counter: a dimension and its value, the day as `YYYY-MM-DD`, the status.

    Values: "" for none, the sorted agency uids joined by commas, the folded town, the folded call purpose.
    """

    dimension: str
    value: str
    day: str
    status: str


class Place(NamedTuple):
    """Which document counters are in."""

    year: int
    partition: int
    dimension: str
    value: str


def cells(ticket: Mapping[str, Any] | None) -> frozenset[Cell]:
    """Tell the counters that a stored ticket (`documents.ticket_document`) is counted in; None is counted nowhere."""
    if ticket is None:
        return frozenset()
    values = {
        "none": "",
        "agencies": ",".join(sorted(ticket["agencies"])),
        "town": ticket["town"],
        "purpose": ticket["purpose"],
    }
    return frozenset(Cell(dimension, value, ticket["day"], ticket["status"]) for dimension, value in values.items())


def delta(before: frozenset[Cell], after: frozenset[Cell]) -> dict[Cell, int]:
    """Tell by how much each counter changes when a ticket moves from some cells to others."""
    return dict.fromkeys(after - before, 1) | dict.fromkeys(before - after, -1)


def increments(counters: Mapping[tuple[int, Cell], int]) -> dict[Place, dict[str, int]]:
    """Put changes of counters, by partition and cell, together: by document, how much to add to each of its fields."""
    found: defaultdict[Place, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (partition, cell), by in counters.items():
        if by:
            year, month, day = cell.day.split("-")
            fields = found[Place(int(year), partition, cell.dimension, cell.value)]
            fields[f"months.{month}.{cell.status}"] += by
            fields[f"months.{month}.days.{day}.{cell.status}"] += by
    return {place: dict(fields) for place, fields in found.items()}


def first_fields(place: Place) -> Document:
    """Give what a document of counters has besides them; one of the dimension `agencies` lists them, to be found by."""
    agencies = {"agencies": place.value.split(",")} if place.dimension == "agencies" else {}
    return {"dimension": place.dimension, "value": place.value, "year": place.year, **agencies}
