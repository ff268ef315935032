"""Rounds: everything is measured in some rounds, in turn with what it is compared with, and reports show medians.

So a disturbance of the machine does not decide a result.
"""

from collections.abc import Iterable, Sequence
from statistics import median, quantiles

ROUNDS = 3


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` % of `values` do not exceed; there must be at least one."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]


def median_percentile(rounds: Iterable[Sequence[float]], percent: int) -> float:
    """Return the median of the percentiles of all rounds."""
    return median(percentile(values, percent) for values in rounds)
