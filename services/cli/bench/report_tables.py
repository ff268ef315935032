"""The tables of a benchmark's report: measured figures, and figures next to their targets."""

from rich.table import Table


def figures_table(*columns: str, texts: int = 1) -> Table:
    """Return an empty table; the first `texts` columns hold text, the others numbers, which are aligned right."""
    table = Table(*columns, box=None)
    for column in table.columns[texts:]:
        column.justify = "right"
    return table


def targets_table() -> Table:
    """Return an empty table for `at_least` and `at_most`."""
    return Table("what", "reached", "target", "", box=None)


def at_least(table: Table, what: str, reached: float, target: float | None) -> None:
    """Add a ratio that should be `target` or more; with None it has no target."""
    if target is None:
        table.add_row(what, f"{reached:.2f}", "", "")
    else:
        table.add_row(what, f"{reached:.2f}", f"at least {target:g}", _verdict(is_reached=reached >= target))


def at_most(table: Table, what: str, reached: float, target: float | None, *, unit: str = "") -> None:
    """Add a figure that should be `target` or less; with None it has no target."""
    shown = f"{reached:.2f}{unit}" if reached < 10 else f"{reached:,.1f}{unit}"  # noqa: PLR2004 - significant digits
    if target is None:
        table.add_row(what, shown, "", "")
    else:
        table.add_row(what, shown, f"at most {target:g}{unit}", _verdict(is_reached=reached <= target))


def _verdict(*, is_reached: bool) -> str:
    return "reached" if is_reached else "missed"
