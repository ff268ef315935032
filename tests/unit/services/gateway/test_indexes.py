"""Which index a selection is found along."""

from datetime import date
from typing import Any

import pytest

from services.gateway.filters import Selection
from services.gateway.indexes import index_for
from shared.schema import INDEXES

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
MANY = tuple(map(str, range(100)))
LEAK, HERE, ASSIGNED = ("leak",), ("paris",), ("p",)


@pytest.mark.parametrize(
    ("selection", "visible", "index"),
    [
        (Selection(), {}, "newest"),
        (Selection(status="OPENED", last=date(2016, 3, 2)), {}, "status"),
        (Selection(agencies=(NORTH,), status="OPENED"), {}, "agency"),
        (Selection(), {"agencies": {"$in": [SOUTH]}}, "agency"),
        (Selection(towns=HERE), {}, "town"),
        (Selection(providers=ASSIGNED, status="CLOSED"), {}, "provider"),
        (Selection(purposes=MANY), {}, "purpose"),
        (Selection(purposes=(*MANY, "one more")), {}, None),
        (Selection(agencies=(NORTH,)), {"agencies": {"$in": [SOUTH] * 100}}, None),
        (Selection(agencies=(NORTH,), purposes=LEAK), {}, "agency"),
        (Selection(agencies=(NORTH,) * 10, providers=ASSIGNED), {"agencies": {"$in": [SOUTH] * 10}}, "agency"),
        (Selection(towns=HERE), {"agencies": {"$in": [SOUTH] * 20}}, "agency"),
        (Selection(towns=HERE), {"agencies": {"$in": [SOUTH] * 21}}, None),
        (Selection(agencies=(NORTH,), purposes=LEAK, towns=HERE), {}, None),
        (Selection(purposes=LEAK, towns=HERE), {}, None),
        (Selection(), {"patrimony": {"$in": ["p"]}}, None),
        (Selection(terms=(LEAK,)), {}, "words"),
        (Selection(terms=(LEAK,), status="OPENED"), {}, "words"),
        (Selection(terms=(LEAK,), towns=HERE), {}, None),
        (Selection(terms=(LEAK,)), {"agencies": {"$in": [SOUTH]}}, None),
    ],
)
def test_an_index_is_named_where_it_is_known_to_be_right(selection: Selection, visible: Any, index: str | None) -> None:
    assert index_for(selection, visible) == index
    assert index is None or index in {one.document["name"] for one in INDEXES["tickets"]}


def test_a_scope_without_agencies_goes_along_theirs() -> None:
    assert index_for(Selection(purposes=LEAK), {"agencies": {"$in": []}}) == "agency"
