"""The calendar of the platform: whole local days of Europe/Paris (contract README, 9)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")


def local_day(moment: datetime) -> date:
    """Tell the day that it is in Europe/Paris at `moment`."""
    return moment.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """Give the instant, in UTC, at which `day` begins; the earliest there is when that is before year 1."""
    try:
        return datetime.combine(day, time.min, ZONE).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def end_of(day: date) -> datetime:
    """Give the instant, in UTC, at which the day after `day` begins; the latest there is at the end of year 9999."""
    try:
        return start_of(day + timedelta(days=1))
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
