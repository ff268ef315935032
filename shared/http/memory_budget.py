"""A limit of the memory that all requests of a process hold together, with a lower limit for each user. Pure."""

from collections import Counter
from types import TracebackType
from typing import Self


class OverBudgetError(Exception):
    """So many bytes are over the budget now. The text is a sentence for the client (answer 503)."""


class MemoryBudget:
    """A budget of `size` bytes. The requests of one user hold at most `for_one` bytes of it."""

    def __init__(self, size: int, *, for_one: int) -> None:
        self._left = size
        self._for_one = for_one
        self._held: Counter[str] = Counter()

    def share(self, user: str) -> "Share":
        """Return an empty share for a request of `user`. Use it as a context manager."""
        return Share(self, user)

    def take(self, user: str, count: int) -> None:
        """Take `count` bytes. Raises `OverBudgetError`, and takes none, when they are over the budget."""
        if count > self._left:
            raise OverBudgetError("The requests of all users take too much memory now; try again.")
        if self._held[user] + count > self._for_one:
            raise OverBudgetError("The requests of this user take too much memory now; try again.")
        self._left -= count
        self._held[user] += count

    def give_back(self, user: str, count: int) -> None:
        """Return `count` bytes to the budget."""
        self._left += count
        self._held[user] -= count
        if not self._held[user]:
            del self._held[user]


class Share:
    """The bytes that one request holds until the context is left."""

    __slots__ = ("_budget", "_held", "_user")

    def __init__(self, budget: MemoryBudget, user: str) -> None:
        self._budget = budget
        self._user = user
        self._held = 0

    def hold(self, count: int) -> None:
        """Hold at least `count` bytes in total from now on. Raises `OverBudgetError`."""
        if count > self._held:
            self._budget.take(self._user, count - self._held)
            self._held = count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held:
            self._budget.give_back(self._user, self._held)
            self._held = 0
