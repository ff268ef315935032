"""The day counters that tickets occupy: four dimensions, by creation day and status."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One counter: `month` `YYYY-MM`, `dimension` and its value, `day` `DD`, `status`.

    Values: "" for none, the sorted agency uids joined by commas, the folded town, the folded call purpose.
    """

    month: str
    dimension: str
    value: str
    day: str
    status: str


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
    month, day, status = ticket["day"][:7], ticket["day"][8:], ticket["status"]
    return frozenset(Cell(month, dimension, value, day, status) for dimension, value in values.items())


def delta(before: frozenset[Cell], after: frozenset[Cell]) -> dict[Cell, int]:
    """Tell by how much each counter changes when a ticket moves from some cells to others."""
    return dict.fromkeys(after - before, 1) | dict.fromkeys(before - after, -1)
