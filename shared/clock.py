"""The clock: the only source of the current time, and the contract's time format. Pure code gets times as arguments."""

from datetime import UTC, datetime
from time import time_ns
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
"""Time zone of the platform's days, by which it counts and shows (contract 9)."""


def utc_now() -> datetime:
    """Return the current time in UTC, in whole milliseconds as the contract writes it."""
    return datetime.fromtimestamp(time_ns() // 1_000_000 / 1_000, UTC)


def wire(moment: datetime) -> str:
    """Return `moment` as the contract writes it: UTC, three decimals, `Z` (contract 31)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def instant(text: str) -> datetime:
    """Return the time of a `DateTime` of the contract, which was validated before."""
    return datetime.fromisoformat(text)
