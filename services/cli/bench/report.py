"""The report of a benchmark: tables of measured figures, and results next to their targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Result:
    """A measured figure that should be `target`, or more; if `is_limit`, or less. With None it has no target."""

    what: str
    reached: float
    target: float | None
    is_limit: bool
    unit: str

    @property
    def shown(self) -> str:
        """Return the figure with its unit."""
        return f"{_rounded(self.reached)}{self.unit}"

    @property
    def wanted(self) -> str:
        """Return the target with its unit, or nothing."""
        if self.target is None:
            return ""
        return f"{'at most' if self.is_limit else 'at least'} {self.target:g}{self.unit}"

    @property
    def times_target(self) -> float | None:
        """Return how many times as good as the target the figure is, or None without a target."""
        if self.target is None:
            return None
        if not self.is_limit:
            return self.reached / self.target
        return self.target / self.reached if self.reached else inf

    @property
    def verdict(self) -> str:
        """Return whether the target is reached in a word, or nothing without a target."""
        if self.target is None:
            return ""
        is_reached = self.reached <= self.target if self.is_limit else self.reached >= self.target
        return "reached" if is_reached else "missed"


def at_least(what: str, reached: float, target: float | None = None, *, unit: str = "") -> Result:
    """Return the result of a figure that should be `target` or more."""
    return Result(what, reached, target, is_limit=False, unit=unit)


def at_most(what: str, reached: float, target: float | None = None, *, unit: str = "") -> Result:
    """Return the result of a figure that should be `target` or less."""
    return Result(what, reached, target, is_limit=True, unit=unit)


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found out."""

    figures: Sequence[Table]
    results: Sequence[Result]

    @property
    def tables(self) -> list[Table]:
        """Return the tables to print."""
        return [*self.figures, targets_table(self.results)]


def figures_table(*columns: str, texts: int = 1) -> Table:
    """Return an empty table; the first `texts` columns hold text, the others numbers, which are aligned right."""
    table = Table(*columns, box=None)
    for column in table.columns[texts:]:
        column.justify = "right"
    return table


def targets_table(results: Iterable[Result]) -> Table:
    """Return the table of results."""
    table = Table("what", "reached", "target", "", box=None)
    for one in results:
        table.add_row(one.what, one.shown, one.wanted, one.verdict)
    return table


def _rounded(figure: float) -> str:
    """Return a figure with about three significant digits."""
    if figure >= 10:  # noqa: PLR2004 - a number of two digits
        return f"{figure:,.1f}"
    return f"{figure:.2f}" if figure >= 0.1 or not figure else f"{figure:.3f}"  # noqa: PLR2004
