"""The one place where time comes from; pure code gets it as an argument."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
"""Its days are those that the platform counts and shows by (contract README, 9)."""


def utc_now() -> datetime:
    """Tell the time in UTC, in whole milliseconds as the contract writes it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def wire(moment: datetime) -> str:
    """Write `moment` as the contract does: UTC, three digits, `Z` (contract README, 31)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def instant(text: str) -> datetime:
    """Read a `DateTime` of the contract that was validated on entry."""
    return datetime.fromisoformat(text)
