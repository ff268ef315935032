"""How the console writes dates, durations, numbers and the texts of people. Pure."""

import re
from datetime import date, datetime
from typing import Final

from services.gateway.console.languages import Texts
from shared.clock import ZONE, instant

UNITS: Final = ((86_400_000, "unit.day"), (3_600_000, "unit.hour"), (60_000, "unit.minute"), (1_000, "unit.second"))
NO_BREAK: Final = "\u00a0"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def moment(texts: Texts, at: str | datetime) -> str:
    """Return date and time in the platform's zone, to the minute."""
    return _local(at).strftime(texts["format.moment"])


def clock(texts: Texts, at: str | datetime) -> str:
    """Return the time of day in the platform's zone, to the second."""
    return _local(at).strftime(texts["format.clock"])


def day(texts: Texts, on: str | date) -> str:
    """Return a local day, with its weekday."""
    on = date.fromisoformat(on) if isinstance(on, str) else on
    return f"{texts[f'weekday.{on.weekday()}']} {on.strftime(texts['format.day'])}"


def short_day(texts: Texts, on: date) -> str:
    """Return a local day without its year, for an axis."""
    return on.strftime(texts["format.short_day"])


def duration(texts: Texts, milliseconds: float) -> str:
    """Return a duration in its two largest units: `1 h 5 min`, `3 d 4 h`, `12 s`, `850 ms`."""
    whole = int(milliseconds)
    for number, (size, unit) in enumerate(UNITS):
        if whole >= size:
            first, rest = divmod(whole, size)
            written = f"{first}{NO_BREAK}{texts[unit]}"
            if number + 1 == len(UNITS):
                return written
            smaller, smaller_unit = UNITS[number + 1]
            return f"{written}{NO_BREAK}{rest // smaller}{NO_BREAK}{texts[smaller_unit]}"
    return f"{whole}{NO_BREAK}ms"


def count(texts: Texts, number: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{number:,}".replace(",", texts["format.thousands"])


def rate(texts: Texts, number: float) -> str:
    """Return a number per second: one decimal below ten, none above."""
    written = f"{number:,.1f}" if 0 < number < 10 else f"{number:,.0f}"  # noqa: PLR2004 - one digit
    whole, _, decimals = written.partition(".")
    return whole.replace(",", texts["format.thousands"]) + (texts["format.point"] + decimals if decimals else "")


def cut(text: str, letters: int) -> str:
    """Return a text of people for a page: at most `letters` letters, without control characters."""
    shown = text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
    return _CONTROL.sub("\ufffd", shown)


def _local(at: str | datetime) -> datetime:
    at = instant(at) if isinstance(at, str) else at
    try:
        return at.astimezone(ZONE)
    except OverflowError:  # within a day of the calendar's ends
        return at
