"""The memory budget: its limit for all users, its limit for one user, and the return of bytes."""

import pytest

from shared.http.memory_budget import MemoryBudget, OverBudgetError


def test_bytes_are_returned_when_the_request_ends() -> None:
    budget = MemoryBudget(100, for_one=100)
    for _ in range(3):
        with budget.share("anna") as share:
            share.hold(60)
            share.hold(100)
            share.hold(80)
            with budget.share("ben") as other, pytest.raises(OverBudgetError, match="all users"):
                other.hold(1)
    with budget.share("ben") as share:
        share.hold(100)


def test_bytes_are_returned_when_the_request_fails() -> None:
    budget = MemoryBudget(100, for_one=100)

    def fails() -> None:
        with budget.share("anna") as share:
            share.hold(100)
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            fails()


def test_one_user_cannot_use_the_whole_budget() -> None:
    budget = MemoryBudget(100, for_one=60)
    with budget.share("anna") as first, budget.share("anna") as second, budget.share("ben") as other:
        first.hold(40)
        with pytest.raises(OverBudgetError, match="this user"):
            second.hold(21)
        second.hold(20)
        other.hold(40)


def test_a_refused_request_takes_nothing() -> None:
    budget = MemoryBudget(100, for_one=100)
    with budget.share("anna") as share:
        with pytest.raises(OverBudgetError):
            share.hold(101)
        share.hold(100)
