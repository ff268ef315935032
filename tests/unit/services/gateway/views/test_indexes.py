"""The index that each selection uses."""

from datetime import date

import pytest

from services.gateway.parameters.filters import Selection
from services.gateway.parameters.fulltext import Term
from services.gateway.views.indexes import closings_index_for, index_for
from shared.accounts.scopes import EVERYTHING, Visible
from shared.storage.schema import INDEXES

NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"
MANY = tuple(map(str, range(100)))
LEAK, HERE, ASSIGNED = ("leak",), ("paris",), ("p",)


@pytest.mark.parametrize(
    ("selection", "visible", "index"),
    [
        (Selection(), EVERYTHING, "newest"),
        (Selection(status="OPENED", last=date(2016, 3, 2)), EVERYTHING, "status"),
        (Selection(agencies=(NORTH,), status="OPENED"), EVERYTHING, "agency"),
        (Selection(), Visible("agencies", (SOUTH,)), "agency"),
        (Selection(towns=HERE), EVERYTHING, "town"),
        (Selection(providers=ASSIGNED, status="CLOSED"), EVERYTHING, "provider"),
        (Selection(purposes=MANY), EVERYTHING, "purpose"),
        (Selection(purposes=(*MANY, "one more")), EVERYTHING, None),
        (Selection(agencies=(NORTH,)), Visible("agencies", (SOUTH,) * 100), "agency"),
        (Selection(agencies=(NORTH,)), Visible("agencies", (SOUTH,) * 101), None),
        (Selection(agencies=(NORTH,), purposes=LEAK), EVERYTHING, "agency"),
        (Selection(agencies=(NORTH,) * 20, providers=ASSIGNED), EVERYTHING, "agency"),
        (Selection(agencies=(NORTH,) * 21, providers=ASSIGNED), EVERYTHING, None),
        (Selection(towns=HERE), Visible("agencies", (SOUTH,) * 100), "agency"),
        (Selection(towns=HERE, purposes=LEAK), Visible("agencies", (SOUTH,) * 100), "agency"),
        (Selection(towns=HERE), Visible("agencies", (SOUTH,) * 101), None),
        (Selection(agencies=(NORTH,), purposes=LEAK, towns=HERE), EVERYTHING, None),
        (Selection(purposes=LEAK, towns=HERE), EVERYTHING, None),
        (Selection(), Visible("patrimonies", ("p",)), "patrimony"),
        (Selection(towns=HERE, purposes=LEAK), Visible("patrimonies", ("p",)), "patrimony"),
        (Selection(), Visible("patrimonies", ("p",) * 101), None),
        (Selection(terms=(Term(LEAK),)), EVERYTHING, "words"),
        (Selection(terms=(Term(LEAK),), status="OPENED"), EVERYTHING, "words"),
        (Selection(terms=(Term(LEAK),), towns=HERE), EVERYTHING, None),
        (Selection(terms=(Term(LEAK),), towns=HERE), Visible("agencies", (SOUTH,)), "agency"),
        (Selection(terms=(Term(LEAK),)), Visible("agencies", (SOUTH,) * 1_000), "agency"),
        (Selection(terms=(Term(LEAK),)), Visible("patrimonies", ("p",) * 1_000), "patrimony"),
    ],
)
def test_an_index_is_named_where_it_is_known_to_be_right(
    selection: Selection, visible: Visible, index: str | None
) -> None:
    assert index_for(selection, visible) == index
    assert index is None or index in {one.document["name"] for one in INDEXES["tickets"]}


@pytest.mark.parametrize(
    ("selection", "visible", "index"),
    [
        (Selection(), EVERYTHING, "closed"),
        (Selection(towns=HERE, purposes=LEAK, providers=ASSIGNED, status="CLOSED"), EVERYTHING, "closed"),
        (Selection(agencies=(NORTH,)), EVERYTHING, "closed_agency"),
        (Selection(terms=(Term(LEAK),), agencies=(NORTH,)), EVERYTHING, None),
        (Selection(towns=HERE), Visible("agencies", (SOUTH,) * 1_000), "closed_agency"),
        (Selection(terms=(Term(LEAK),)), Visible("agencies", (SOUTH,)), "closed_agency"),
        (Selection(terms=(Term(LEAK),), agencies=(NORTH,)), Visible("patrimonies", ("p",)), "closed_patrimony"),
    ],
)
def test_closings_go_along_an_index_of_closed_tickets(
    selection: Selection, visible: Visible, index: str | None
) -> None:
    assert closings_index_for(selection, visible) == index
    assert index is None or index in {one.document["name"] for one in INDEXES["tickets"]}


def test_a_scope_without_agencies_goes_along_theirs() -> None:
    assert index_for(Selection(purposes=LEAK), Visible("agencies")) == "agency"
