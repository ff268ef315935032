"""The day counters that tickets occupy: four dimensions, by creation day and status.

How they are stored: see `shared.read_model.counter_layout`.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.read_model.counter_layout import Dimension, Place, days_field, month_field


class Cell(NamedTuple):
    """One counter: a dimension and its value (as in `Place`), the day as `YYYY-MM-DD`, the status."""

    dimension: Dimension
    value: str
    day: str
    status: str


def cells(ticket: Mapping[str, Any] | None) -> frozenset[Cell]:
    """Return the counters in which a stored ticket (`documents.ticket_document`) is counted; none for None."""
    if ticket is None:
        return frozenset()
    values: dict[Dimension, str] = {
        "none": "",
        "agencies": ",".join(sorted(ticket["agencies"])),
        "town": ticket["town"],
        "purpose": ticket["purpose"],
    }
    return frozenset(Cell(dimension, value, ticket["day"], ticket["status"]) for dimension, value in values.items())


def delta(before: frozenset[Cell], after: frozenset[Cell]) -> dict[Cell, int]:
    """Return by how much each counter changes when a ticket moves from the cells `before` to those `after`."""
    return dict.fromkeys(after - before, 1) | dict.fromkeys(before - after, -1)


def increments(counters: Mapping[tuple[int, Cell], int]) -> dict[Place, dict[str, int]]:
    """Return what to add to each field of each counter document, given the changes by partition and cell."""
    found: defaultdict[Place, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (partition, cell), by in counters.items():
        if by:
            year, month, day = cell.day.split("-")
            fields = found[Place(int(year), partition, cell.dimension, cell.value)]
            fields[f"{month_field(month)}.{cell.status}"] += by
            fields[f"{days_field(month)}.{day}.{cell.status}"] += by
    return {place: dict(fields) for place, fields in found.items()}
