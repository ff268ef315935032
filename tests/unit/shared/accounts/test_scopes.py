"""What a scope makes visible, as a test of one ticket and as a filter of queries."""

from typing import Any

import pytest

from shared.accounts.scopes import Scope, Visible, sees, shows, visible_filter, visible_in
from tests.unit.services.projector.folds.story import AGENCY, DIRECTORY, OTHER_AGENCY, PATRIMONY, UNKNOWN

ALL = Scope("everything")


@pytest.mark.parametrize(
    ("scope", "visible", "wanted"),
    [
        (ALL, Visible("everything"), {}),
        (
            Scope("accounts", frozenset({UNKNOWN})),
            Visible("agencies", (AGENCY, OTHER_AGENCY)),
            {"agencies": {"$in": [AGENCY, OTHER_AGENCY]}},
        ),
        (Scope("accounts", frozenset({PATRIMONY})), Visible("agencies"), {"agencies": {"$in": []}}),
        (Scope("agencies", frozenset({AGENCY})), Visible("agencies", (AGENCY,)), {"agencies": {"$in": [AGENCY]}}),
        (Scope("patrimonies"), Visible("patrimonies"), {"patrimony": {"$in": []}}),
        (
            Scope("patrimonies", frozenset({PATRIMONY})),
            Visible("patrimonies", (PATRIMONY,)),
            {"patrimony": {"$in": [PATRIMONY]}},
        ),
    ],
)
def test_a_scope_becomes_what_is_visible_and_then_a_filter(scope: Scope, visible: Visible, wanted: Any) -> None:
    assert visible_in(scope, DIRECTORY) == visible
    assert visible_filter(visible) == wanted


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (ALL, True),
        (Scope("accounts", frozenset({UNKNOWN})), True),
        (Scope("agencies", frozenset({AGENCY})), True),
        (Scope("agencies", frozenset({OTHER_AGENCY})), False),
        (Scope("agencies"), False),
        (Scope("patrimonies", frozenset({PATRIMONY})), True),
        (Scope("patrimonies", frozenset({AGENCY})), False),
    ],
)
def test_a_ticket_is_seen_by_its_agencies_or_its_patrimony(scope: Scope, *, seen: bool) -> None:
    assert sees(scope, DIRECTORY, agencies=(AGENCY,), patrimony=PATRIMONY) is seen
    assert shows(visible_in(scope, DIRECTORY), {"agencies": [AGENCY], "patrimony": PATRIMONY}) is seen


def test_a_scope_of_patrimonies_shows_no_ticket_without_one() -> None:
    assert not shows(Visible("patrimonies", (PATRIMONY,)), {"agencies": [AGENCY]})
