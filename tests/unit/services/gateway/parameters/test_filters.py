from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.gateway.parameters.filters import NO_LABEL, agencies_filter, all_of, mongo_filter, read_selection
from services.gateway.parameters.query import BadParameterError, Query
from shared.accounts.scopes import EVERYTHING, Visible
from shared.text import label

TODAY = date(2016, 5, 26)
NORTH, SOUTH = "17d706c1-7844-00f5-a4a4-f1afa1975184", "7eccba5b-25c6-153f-2feb-7aef9e509123"


def selected(query: str) -> Any:
    return mongo_filter(read_selection(Query(query.encode()), TODAY), EVERYTHING)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {}),
        ("unknown=1&range=0-9", {}),
        ("status=&agency=,&location=+", {}),
        (f"agency={NORTH.upper()},{SOUTH}", {"agencies": {"$in": [NORTH, SOUTH]}}),
        (f"agency={NORTH}%2C{SOUTH}", {"agencies": {"$in": [NORTH, SOUTH]}}),
        ("activeproviders=B1DB%2cc2", {"provider": {"$in": ["b1db", "c2"]}}),
        ("status=CLOSED", {"status": "CLOSED"}),
        ("location=S%C5%93urville,%C3%86sch", {"town": {"$in": ["soeurville", "aesch"]}}),
        ("location=%C3%89VRY,Saint-L%C3%B4", {"town": {"$in": ["evry", "saint lo"]}}),
        ("callpurpose=Chauffage++/+Chauffage%2C+HS", {"purpose": {"$in": ["chauffage chauffage hs"]}}),
        ("location=saint++lo,Saint-L%C3%B4", {"town": {"$in": ["saint lo"]}}),
        ("location=" + "x" * 201 + "," + "x" * 202, {"town": {"$in": ["x" * 200]}}),
        ("location=-", {"town": {"$in": [NO_LABEL]}}),
        ("callpurpose=...,%CC%81", {"purpose": {"$in": [NO_LABEL]}}),
        ("activeproviders=B1DB,c2", {"provider": {"$in": ["b1db", "c2"]}}),
        ("status=OPENED&location=Paris", {"status": "OPENED", "town": {"$in": ["paris"]}}),
    ],
)
def test_parameters_become_a_filter(query: str, wanted: dict[str, Any]) -> None:
    assert selected(query) == wanted


@pytest.mark.parametrize(
    ("agencies", "visible", "wanted"),
    [
        ((), EVERYTHING, {}),
        ((), Visible("agencies", (NORTH,)), {"agencies": {"$in": [NORTH]}}),
        ((SOUTH,), Visible("patrimonies", ("p",)), {"patrimony": {"$in": ["p"]}, "agencies": {"$in": [SOUTH]}}),
        ((NORTH,), Visible("agencies", (NORTH, SOUTH)), {"agencies": {"$in": [NORTH]}}),
        (
            (NORTH, SOUTH),
            Visible("agencies", (NORTH,)),
            {
                "agencies": {"$in": [NORTH]},
                "$expr": {"$ne": [{"$setIntersection": ["$agencies", [NORTH, SOUTH]]}, []]},
            },
        ),
    ],
)
def test_no_index_leads_to_agencies_outside_the_scope(agencies: tuple[str, ...], visible: Visible, wanted: Any) -> None:
    assert agencies_filter(agencies, visible) == wanted


@pytest.mark.parametrize(
    ("query", "created"),
    [
        ("from=2016-05-01&to=2016-05-02", {"$gte": utc("2016-04-30T22:00"), "$lt": utc("2016-05-02T22:00")}),
        ("from=2016-01-01&to=2016-01-01", {"$gte": utc("2015-12-31T23:00"), "$lt": utc("2016-01-01T23:00")}),
        ("from=2016-03-27&to=2016-03-27", {"$gte": utc("2016-03-26T23:00"), "$lt": utc("2016-03-27T22:00")}),
        ("from=2016-05-20", {"$gte": utc("2016-05-19T22:00"), "$lt": utc("2016-05-26T22:00")}),
        ("from=2016-06-01", {"$gte": utc("2016-05-31T22:00"), "$lt": utc("2016-05-26T22:00")}),
        ("to=2016-05-20", {"$lt": utc("2016-05-20T22:00")}),
        ("to=9999-12-31&from=0001-01-01", {"$gte": datetime.min.replace(tzinfo=UTC)}),
        ("from=0001-01-01&to=0001-01-01", {"$gte": utc("0001-01-01T00:00"), "$lt": utc("0001-01-01T23:50:39")}),
    ],
)
def test_days_are_whole_days_of_paris(query: str, created: dict[str, Any]) -> None:
    assert selected(query) == {"created": created}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("agency=" + NORTH[:-1], "Parameter agency must be a uid (hexadecimal digits, 8-4-4-4-12)."),
        (f"agency={NORTH},x", "Parameter agency must be a uid (hexadecimal digits, 8-4-4-4-12)."),
        ("status=opened", "Parameter status must be OPENED or CLOSED."),
        ("status=OPENED,CLOSED", "Parameter status must be OPENED or CLOSED."),
        (f"agency={NORTH}%2Cx", "Parameter agency must be a uid (hexadecimal digits, 8-4-4-4-12)."),
        ("from=2016-02-30", "Parameter from must be a date that exists."),
        ("to=2016-5-1", "Parameter to must be a date, as 2016-02-29."),
        ("from=2016-05-02&to=2016-05-01", "Parameter to must not be before from."),
        ("fulltext=leak&status=OPENED", "Parameter fulltext cannot be combined with status."),
        ("fulltext=leak&activeproviders=c2", "Parameter fulltext cannot be combined with activeproviders."),
        ("fulltext=" + ",".join("abcdefghijklmnopqrstu"), "Parameter fulltext may have 20 terms."),
        ("fulltext=" + "x" * 1_001, "Parameter fulltext may have 1000 letters in a term."),
        (
            "to=2016-02-30&from=x&status=x&status=OPENED&agency=x&location=x&fulltext=" + "x" * 1_001,
            "Parameter fulltext may have 1000 letters in a term. "
            "Parameter agency must be a uid (hexadecimal digits, 8-4-4-4-12). "
            "Parameter status is given more than once. "
            "Parameter from must be a date, as 2016-02-29. "
            "Parameter to must be a date that exists.",
        ),
        (
            "fulltext=leak&from=2016-05-02&to=2016-05-01&status=open",
            "Parameter fulltext cannot be combined with status. Parameter status must be OPENED or CLOSED. "
            "Parameter to must not be before from.",
        ),
    ],
)
def test_every_bad_value_is_refused_by_name(query: str, message: str) -> None:
    with pytest.raises(BadParameterError) as refusal:
        selected(query)
    assert str(refusal.value) == message


@pytest.mark.parametrize("text", ["", " ", "-", "\u0301", "\u00a0", "Saint-Étienne", "a" * 300])
def test_no_ticket_has_the_label_of_a_value_without_words(text: str) -> None:
    assert label(text) != NO_LABEL


def test_filters_are_joined_and_the_empty_ones_left_out() -> None:
    assert all_of({}, {}) == {}
    assert all_of({"a": 1}, {}, {"a": 2}) == {"$and": [{"a": 1}, {"a": 2}]}
