from datetime import UTC, datetime

import pytest

from services.gateway.feed import Window, read_window
from services.gateway.query import BadParameterError, Query

NOW = datetime(2016, 5, 26, 8, 0, tzinfo=UTC)


def test_a_window_that_ends_in_the_future_ends_now() -> None:
    query = Query(b"from=2016-05-26T06:00:00Z&to=2016-05-26T12:00:00.5%2B01:00")
    assert read_window(query, NOW) == Window(datetime(2016, 5, 26, 6, tzinfo=UTC), NOW)


def test_both_ends_are_read_to_the_millisecond() -> None:
    query = Query(b"from=2016-05-26T06:00:00.001Z&to=2016-05-26T06:00:00.001Z")
    moment = datetime(2016, 5, 26, 6, 0, 0, 1000, tzinfo=UTC)
    assert read_window(query, NOW) == Window(moment, moment)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "Parameter from is missing"),
        (b"from=2016-05-26T06:00:00Z&to=", "Parameter to is missing"),
        (b"from=2016-05-26&to=2016-05-27", "Parameter from must be a date and time"),
        (b"from=2016-05-26T06:00:00+02:00&to=2016-05-26T06:00:00Z", "Parameter from must be a date and time"),
        (b"from=2016-05-26T06:00:00Z&to=2016-05-26T05:59:59Z", "Parameter to must not be before from"),
        (b"from=2016-05-26T06:00:00Z&from=2016-05-26T06:00:00Z", "Parameter from is given more than once"),
    ],
)
def test_a_window_needs_two_instants_in_order(raw: bytes, message: str) -> None:
    with pytest.raises(BadParameterError, match=message):
        read_window(Query(raw), NOW)
