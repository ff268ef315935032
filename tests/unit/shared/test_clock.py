"""The clock, and how moments are written on the wire."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.clock import instant, utc_now, wire


def test_the_time_is_now_in_utc_and_in_whole_milliseconds() -> None:
    """MongoDB and the contract have milliseconds: a finer time would compare as later than its own copy."""
    before = datetime.now(UTC)
    moments = [utc_now() for _ in range(100)]
    assert all(before - timedelta(milliseconds=1) < moment <= datetime.now(UTC) for moment in moments)
    assert {moment.utcoffset() for moment in moments} == {timedelta(0)}
    assert {moment.microsecond % 1_000 for moment in moments} == {0}


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("2016-05-26T10:00:00Z", "2016-05-26T10:00:00.000Z"),
        ("2016-05-26T10:00:00.5+02:00", "2016-05-26T08:00:00.500Z"),
        ("2016-01-01T00:30:00.123+01:00", "2015-12-31T23:30:00.123Z"),
        ("2016-05-26T10:00:00.999999Z", "2016-05-26T10:00:00.999Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_three_digits(read: str, written: str) -> None:
    assert wire(instant(read)) == written
    assert wire(instant(written)) == written
