from math import inf

import pytest

from services.cli.bench.report import Report, Result, at_least, at_most
from tests.support.expected.tables import printed


@pytest.mark.parametrize(
    ("result", "row"),
    [
        (at_least("a", 0.5, 0.5), ["a", "0.50", "at least 0.5", "reached"]),
        (at_least("a", 0.0996, 0.1), ["a", "0.100", "at least 0.1", "missed"]),
        (at_most("a", 12.34, 10, unit=" ms"), ["a", "12.3 ms", "at most 10 ms", "missed"]),
        (at_most("a", 0, 0), ["a", "0.00", "at most 0", "reached"]),
        (at_least("a", 1_234.5), ["a", "1,234.5"]),
    ],
)
def test_a_result_is_shown_beside_its_target(result: Result, row: list[str]) -> None:
    _, shown = printed(Report([], [result]).tables[0])
    assert shown == row


@pytest.mark.parametrize(
    ("result", "times"),
    [
        (at_least("a", 0.6, 0.5), 1.2),
        (at_most("a", 5, 10), 2.0),
        (at_most("a", 0, 10), inf),
        (at_most("a", 1), None),
    ],
)
def test_a_result_is_so_many_times_as_good_as_its_target(result: Result, times: float | None) -> None:
    assert result.times_target == times
