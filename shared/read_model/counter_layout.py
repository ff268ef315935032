"""The layout of the day counters in collection `stats`: the projector adds to them, the gateway sums them up.

A document holds the counters of one dimension, value, year and partition, by month, day and status:
`months: {"05": {"OPENED": 7, "CLOSED": 2, "days": {"26": {"OPENED": 3}, …}}, …}`. The counter of a month is the sum of
its days. A document of the dimension `agencies` lists them in `agencies` too.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Dimension: TypeAlias = Literal["none", "agencies", "town", "purpose"]
"""What tickets are counted by, besides day and status."""

MONTHS: Final = "months"
DAYS: Final = "days"


class Place(NamedTuple):
    """The `_id` of a document of counters.

    `value`: "" for the dimension `none`, the sorted agency uids joined by commas, the label of the town or of the call
    purpose.
    """

    year: int
    partition: int
    dimension: Dimension
    value: str


def first_fields(place: Place) -> dict[str, Any]:
    """Return the fields by which a document of counters is found; they are written when it is created."""
    agencies = {"agencies": place.value.split(",")} if place.dimension == "agencies" else {}
    return {"dimension": place.dimension, "value": place.value, "year": place.year, **agencies}


def month_field(month: str) -> str:
    """Return the path of the counters of a month; `month` has two digits."""
    return f"{MONTHS}.{month}"


def days_field(month: str) -> str:
    """Return the path of the days of a month; `month` has two digits."""
    return f"{MONTHS}.{month}.{DAYS}"


def days_of(document: Mapping[str, Any], month: str) -> Mapping[str, Mapping[str, int]]:
    """Return the counters of a month by day and status; empty when the document has none."""
    days: Mapping[str, Mapping[str, int]] = document[MONTHS].get(month, {}).get(DAYS, {})
    return days
