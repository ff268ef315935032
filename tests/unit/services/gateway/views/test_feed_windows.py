from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.parameters.query import BadParameterError, Query
from services.gateway.views.feed_windows import AHEAD, LONGEST_AWAY, Window, read_start, read_window

NOW = datetime(2016, 5, 26, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "end"),
    [
        ("09:00:10%2B01:00", NOW + AHEAD),  # that is waited for
        ("08:00:10Z", NOW + AHEAD),
        ("08:00:10.001Z", NOW),
        ("12:00:00.5Z", NOW),
    ],
)
def test_an_end_further_in_the_future_than_is_waited_for_counts_as_now(last: str, end: datetime) -> None:
    query = Query(f"from=2016-05-26T06:00:00Z&to=2016-05-26T{last}".encode())
    assert read_window(query, NOW) == Window(datetime(2016, 5, 26, 6, tzinfo=UTC), end)


def test_a_window_that_begins_beyond_what_is_waited_for_is_empty_and_ends_now() -> None:
    query = Query(b"from=2016-05-26T08:00:05Z&to=2016-05-26T09:00:00Z")
    assert read_window(query, NOW) == Window(NOW + timedelta(seconds=5), NOW)


def test_both_ends_are_read_to_the_millisecond() -> None:
    query = Query(b"from=2016-05-26T06:00:00.001Z&to=2016-05-26T06:00:00.001999999Z")
    moment = datetime(2016, 5, 26, 6, 0, 0, 1000, tzinfo=UTC)
    assert read_window(query, NOW) == Window(moment, moment)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "Parameter from is missing"),
        (b"from=2016-05-26T06:00:00Z&to=", "Parameter to is missing"),
        (b"from=2016-05-26&to=2016-05-27", "Parameter from must be a date and time"),
        (b"from=2016-05-26T06:00:00+02:00&to=2016-05-26T06:00:00Z", r"Parameter from must be .* write it as %2B\.$"),
        (b"from=2016-05-26T06:00:00Z&to=2016-05-26T06:00:00+02:00", r"Parameter to must be .* write it as %2B\.$"),
        (b"from=2016-05-26T06:00:00Z&to=2016-05-26T05:59:59Z", "Parameter to must not be before from"),
        (b"from=2016-05-26T06:00:00Z&from=2016-05-26T06:00:00Z", "Parameter from is given more than once"),
        (b"", r"^Parameter from is missing; .*\. Parameter to is missing; .*Z\.$"),
        (b"from=9999-01-01T00:00:00Z&to=x", r"^Parameter to must be .*[0-9]\.$"),
        (b"from=x&to=0001-01-01T00:00:00Z", r"^Parameter from must be .*[0-9]\.$"),
    ],
)
def test_a_window_needs_two_instants_in_order(raw: bytes, message: str) -> None:
    with pytest.raises(BadParameterError, match=message):
        read_window(Query(raw), NOW)


@pytest.mark.parametrize(
    ("raw", "last_id", "start"),
    [
        (b"", None, None),
        (b"from=", "", None),
        (b"", " ", None),
        (b"from=2016-05-26T07:00:00.005Z", None, datetime(2016, 5, 26, 7, 0, 0, 4000, tzinfo=UTC)),
        (b"", "2016-05-26T07:00:00.005Z", datetime(2016, 5, 26, 7, 0, 0, 5000, tzinfo=UTC)),
        (b"", " 2016-05-26T09:00:00+02:00 ", datetime(2016, 5, 26, 7, tzinfo=UTC)),
        (b"from=2016-01-01T00:00:00Z", "2016-05-26T07:00:00.005Z", datetime(2016, 5, 26, 7, 0, 0, 5000, tzinfo=UTC)),
        (b"from=never", "2016-05-26T08:00:10Z", NOW + AHEAD),
        (b"", "2016-05-19T08:00:00Z", NOW - LONGEST_AWAY),
    ],
)
def test_a_stream_begins_behind_its_last_event_id_or_at_from(raw: bytes, last_id: str | None, start: datetime) -> None:
    assert read_start(Query(raw), last_id, NOW) == start


@pytest.mark.parametrize(
    ("raw", "last_id", "message"),
    [
        (b"", "17", "^Header Last-Event-ID must be a date and time"),
        (b"", "2016-05-26T08:00:00.000Z, 2016-05-26T08:00:00.000Z", "^Header Last-Event-ID must be"),
        (b"", "9" * 20_000, "^Header Last-Event-ID must be"),
        (b"", "2016-05-26T08:00:00\xa0Z", "^Header Last-Event-ID must be"),
        (b"", "2016-05-19T07:59:59.999Z", "^Header Last-Event-ID is more than 7 days ago; read the feed"),
        (b"", "0001-01-01T00:00:00+14:00", "^Header Last-Event-ID"),
        (b"", "2016-05-26T08:00:10.001Z", "^Header Last-Event-ID is in the future"),
        (b"from=2016-05-26", None, "^Parameter from must be a date and time"),
        (b"from=2016-05-26T06:00:00+02:00", None, r"write it as %2B\.$"),
        (b"from=0001-01-01T00:00:00Z", None, "^Parameter from is more than 7 days ago"),
        (b"from=9999-12-31T23:59:59.999Z", None, "^Parameter from is in the future"),
    ],
)
def test_a_stream_needs_a_start_that_is_neither_too_old_nor_in_the_future(
    raw: bytes, last_id: str | None, message: str
) -> None:
    with pytest.raises(BadParameterError, match=message):
        read_start(Query(raw), last_id, NOW)
