"""Rows, filters and pages of the list."""

import json
from datetime import date
from typing import Any

import pytest

from services.gateway.console.rendering import rendered
from services.gateway.console.shown_list import (
    LONGEST_CELL,
    MOST_CHOICES,
    ROWS,
    Choice,
    address,
    asked_filters,
    neighbours,
    offered_agencies,
    offered_providers,
    page_bytes,
    row,
)
from services.gateway.parameters.filters import read_selection
from services.gateway.parameters.paging import Page
from services.gateway.parameters.query import Query
from shared.accounts.scopes import EVERYTHING, Visible
from shared.directory.entries import Agency, Directory, ProviderContact
from shared.process.offloading import LARGE
from tests.support.data.contract_examples import example
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH


def test_a_row_shows_an_item_and_cuts_its_texts() -> None:
    item = example("view", "list")["result"][0]
    shown = row(json.dumps(item).encode())
    assert (shown["uid"], shown["ref"], shown["status"]) == (item["uid"], item["ref"], item["status"])
    assert shown["agencies"] == ", ".join(agency["name"] for agency in item["agencies"])
    long = row(json.dumps(item | {"callPurpose": "a" * 200_000}).encode())
    assert len(long["purpose"]) == LONGEST_CELL


def test_an_address_selects_what_was_selected() -> None:
    sent = b"agency=%b,%b&location=Nice%%2C+Riviera,Lyon&from=2026-01-01&to=2026-02-01&status=OPENED" % (
        NORTH.encode(),
        SOUTH.encode(),
    )
    filters = asked_filters(Query(sent))
    again = address("/tickets", filters, Page(50, 50))
    path, _, query = again.partition("?")
    assert (path, again.endswith("&range=50-99")) == ("/tickets", True)
    today = date(2026, 3, 1)
    assert read_selection(Query(query.encode()), today) == read_selection(Query(sent), today)
    assert address("/tickets", asked_filters(Query(b""))) == "/tickets"


@pytest.mark.parametrize(
    ("page", "total", "before", "after"),
    [
        (Page(0, 50), 0, None, None),
        (Page(0, 50), 50, None, None),
        (Page(0, 50), 51, None, 50),
        (Page(50, 50), 51, 0, None),
        (Page(20, 50), 200, 0, 70),
        (Page(10**30, 50), 120, 70, None),
    ],
)
def test_pages_lead_to_their_neighbours(page: Page, total: int, before: int | None, after: int | None) -> None:
    found = [one.first if one else None for one in neighbours(page, total)]
    assert found == [before, after]


PEOPLE = [
    Agency(uid=NORTH, label="nord", accountUid=ACCOUNT),
    Agency(uid=SOUTH, label="Midi", accountUid=ACCOUNT),
    Agency(uid=ACCOUNT, label="Alt", accountUid=ACCOUNT, removed=True),
]


@pytest.mark.parametrize(
    ("visible", "offered"),
    [
        (EVERYTHING, ["Midi", "nord"]),
        (Visible("agencies", (NORTH, ACCOUNT, "unknown")), ["nord"]),
        (Visible("agencies"), []),
        (Visible("patrimonies", (PARK,)), []),
    ],
)
def test_the_form_offers_the_agencies_of_the_scope_that_are_not_removed(visible: Visible, offered: list[str]) -> None:
    directory = Directory(agencies={one.uid: one for one in PEOPLE})
    assert [choice.name for choice in offered_agencies(directory, visible)] == offered


def test_the_form_offers_names_in_the_order_of_the_api() -> None:
    names = {"1": "Zoé", "2": "Évry", "3": "ève", "4": "Œuvre", "5": "Odile", "6": "evry"}
    known = {
        uid: ProviderContact(uid=uid_of(uid), name=name, phones=(), fax=(), emails=()) for uid, name in names.items()
    }
    offered = [choice.name for choice in offered_providers(Directory(providers=known))]
    assert offered == ["ève", "Évry", "evry", "Odile", "Œuvre", "Zoé"]


def test_a_full_page_is_rendered_on_a_thread_and_a_short_one_is_not() -> None:
    short, full, offering = page_bytes(10, 20), page_bytes(ROWS, 0), page_bytes(0, MOST_CHOICES)
    assert short < LARGE <= min(full, offering)


def test_the_size_of_a_page_is_about_that_of_its_rows_and_options() -> None:
    item = row(json.dumps(example("view", "list")["result"][0]).encode())
    offered = [Choice(NORTH, "An agency")] * 100
    nothing: dict[str, Any] = {
        "before": None,
        "after": None,
        "part": "/tickets/rows",
        "is_newest": True,
        "providers": [],
    }
    frame = {"here": "/", "path": "/", "is_user": False, "sees_platform": False, "filters": asked_filters(Query(b""))}

    def written(rows: int, options: int) -> int:
        data = nothing | {"rows": [item] * rows, "total": rows, "first": 1, "last": rows, "agencies": offered[:options]}
        return len(rendered("tickets.html", "en", **frame, **data))

    empty = written(0, 0)
    assert page_bytes(ROWS, 0) == pytest.approx(written(ROWS, 0) - empty, rel=0.3)
    assert page_bytes(0, 100) == pytest.approx(written(0, 100) - empty, rel=0.3)


def uid_of(digit: str) -> str:
    return NORTH[:-1] + digit
