"""The cost of reading the longest queries: processor time in proportion to their length, for any content."""

from collections.abc import Callable
from datetime import date

import pytest

from services.gateway.parameters.filters import read_selection
from services.gateway.parameters.paging import read_range
from services.gateway.parameters.query import BadParameterError, Query
from shared.http.request_limits import QUERY_LIMIT
from tests.support.measures.growth import assert_linear, least_seconds

AT_MOST = 0.15
"""Limit in seconds of processor time; each case takes 0.01 to 0.05 s."""


def filled(name: str, part: str) -> Callable[[int], bytes]:
    """Return the parameter with as many `part`s as fit into a number of bytes."""
    return lambda size: f"{name}=".encode() + part.encode() * ((size - 20) // len(part.encode()))


def numbered(before: str, after: str) -> Callable[[int], bytes]:
    """Return numbers, each with something before and after it."""
    return lambda size: "".join(f"{before}{number:x}{after}" for number in range(size // 4)).encode()[:size]


QUERIES = {
    "disordered marks": filled("location", "\u0315\u0300"),
    "disordered marks, encoded": filled("location", "%CC%95%CC%80"),
    "letters that become eighteen": filled("location", "\ufdfa"),
    "a term of letters that become eighteen": filled("fulltext", "\ufdfa"),
    "the same place": filled("callpurpose", "a,"),
    "different places": numbered("&location=", ""),
    "different terms": numbered("&fulltext=", ","),
    "terms without a word": filled("fulltext", ".,-,"),
    "nothing but commas": filled("agency", ","),
    "nothing but ampersands": filled("status", "&"),
    "one empty parameter": filled("", "&status="),
    "unknown parameters": numbered("&", ""),
    "spaces": filled("location", "+"),
    "a long range": filled("range", "9"),
    "a long day": filled("from", "2"),
}


def read(raw: bytes) -> None:
    try:
        query = Query(raw)
        read_range(query.one("range"))
        read_selection(query, date(2016, 5, 26))
    except BadParameterError:
        return


@pytest.mark.parametrize("write", QUERIES.values(), ids=QUERIES)
def test_the_longest_query_is_read_at_once(write: Callable[[int], bytes]) -> None:
    raw = write(QUERY_LIMIT)
    assert QUERY_LIMIT - 30 < len(raw) <= QUERY_LIMIT
    assert least_seconds(lambda: read(raw)) < AT_MOST


@pytest.mark.parametrize("write", QUERIES.values(), ids=QUERIES)
def test_reading_a_query_grows_with_its_length(write: Callable[[int], bytes]) -> None:
    queries = {times: write(times * QUERY_LIMIT // 4) for times in (1, 4)}
    assert_linear(lambda times: read(queries[times]))
