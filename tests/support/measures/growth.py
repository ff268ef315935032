"""The growth of processor time with the size of the input."""

import gc
from collections.abc import Callable
from time import thread_time

TIMES = 4
MARGIN = 2.5
"""Four times the input may take ten times as long, because of noise; quadratic work takes sixteen times as long."""
TOO_SHORT = 0.004
"""Seconds below which a measurement is too short to compare."""


def assert_linear(work: Callable[[int], object]) -> None:
    """Assert that `work(4)`, with four times the input of `work(1)`, takes about four times as long."""
    once, more = _least(work, 1), _least(work, TIMES)
    assert more < TIMES * MARGIN * max(once, TOO_SHORT), f"{once * 1_000:.1f} ms became {more * 1_000:.1f} ms"


def _least(work: Callable[[int], object], times: int) -> float:
    return min(_seconds(work, times) for _ in range(3))


def _seconds(work: Callable[[int], object], times: int) -> float:
    gc.disable()  # services exclude imported objects from collections too (shared/process/lifecycle.py)
    try:
        began = thread_time()
        work(times)
        return thread_time() - began
    finally:
        gc.enable()


def least_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of `work()` in seconds, the least of three runs."""
    return _least(lambda _: work(), 1)
