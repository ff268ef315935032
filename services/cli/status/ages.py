"""Durations in words."""

UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def age(milliseconds: int) -> str:
    """Return a duration with at least two digits in its largest unit: 850 ms, 1.2 s, 45 s, 1.5 h."""
    for size, unit in UNITS:
        if milliseconds >= size:
            amount = milliseconds / size
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"  # noqa: PLR2004 - one digit
    return f"{milliseconds} ms"
