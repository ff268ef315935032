"""Local days of Europe/Paris."""

import pytest

from shared.clock import instant
from shared.read_model.local_days import local_day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        pytest.param("2016-01-14T22:59:59.999Z", "2016-01-14", id="before midnight in winter"),
        pytest.param("2016-01-14T23:00:00.000Z", "2016-01-15", id="midnight in winter"),
        pytest.param("2016-07-14T21:59:59.999Z", "2016-07-14", id="before midnight in summer"),
        pytest.param("2016-07-14T22:00:00.000Z", "2016-07-15", id="midnight in summer"),
        pytest.param("2016-03-26T23:00:00.000Z", "2016-03-27", id="midnight before the clock goes forward"),
        pytest.param("2016-03-27T21:59:59.999Z", "2016-03-27", id="end of the day of 23 hours"),
        pytest.param("2016-03-27T22:00:00.000Z", "2016-03-28", id="midnight after the clock went forward"),
        pytest.param("2016-10-29T22:00:00.000Z", "2016-10-30", id="midnight before the clock goes back"),
        pytest.param("2016-10-30T22:59:59.999Z", "2016-10-30", id="end of the day of 25 hours"),
        pytest.param("2016-10-30T23:00:00.000Z", "2016-10-31", id="midnight after the clock went back"),
        pytest.param("2016-07-15T07:30:00.000+09:00", "2016-07-15", id="another offset, same day"),
        pytest.param("2016-07-14T14:00:00.000-10:00", "2016-07-15", id="another offset, next day"),
        pytest.param("0001-01-01T00:00:00.000Z", "0001-01-01", id="the first day"),
        pytest.param("9999-12-31T23:59:59.999Z", "9999-12-31", id="the last hour, without a day in Paris"),
    ],
)
def test_the_local_day_is_that_of_europe_paris(moment: str, day: str) -> None:
    assert local_day(instant(moment)).isoformat() == day
