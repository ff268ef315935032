"""Tables of what was reached next to what it is held against."""

from rich.table import Table


def verdicts() -> Table:
    """Give an empty table for `add`."""
    return Table("what", "reached", "target", "", box=None)


def at_least(table: Table, what: str, reached: float, target: float | None) -> None:
    """Add a ratio that is to be `target` or more; None is held against nothing."""
    if target is None:
        table.add_row(what, f"{reached:.2f}", "", "")
    else:
        table.add_row(what, f"{reached:.2f}", f"at least {target:g}", verdict(is_reached=reached >= target))


def at_most(table: Table, what: str, reached: float, target: float | None, *, unit: str = "") -> None:
    """Add a figure that is to be `target` or less; None is held against nothing."""
    shown = f"{reached:.2f}{unit}" if reached < 10 else f"{reached:,.1f}{unit}"  # noqa: PLR2004 - digits that matter
    if target is None:
        table.add_row(what, shown, "", "")
    else:
        table.add_row(what, shown, f"at most {target:g}{unit}", verdict(is_reached=reached <= target))


def verdict(*, is_reached: bool) -> str:
    """Say it in a word."""
    return "reached" if is_reached else "missed"
