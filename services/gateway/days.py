"""The calendar of the platform: whole local days of Europe/Paris (contract README, 9)."""

from datetime import UTC, date, datetime, time, timedelta

from shared.clock import ZONE

LAST_MOMENT = datetime.combine(date.max, time(23, 59, 59, 999_000), ZONE).astimezone(UTC)
"""The last instant that has a local day; the projector counts what is later in UTC as of that day too."""


def local_day(moment: datetime) -> date:
    """Tell the day that it is in Europe/Paris at `moment`."""
    return moment.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """Give the instant, in UTC, at which `day` begins; the earliest there is when that is before year 1."""
    try:
        return datetime.combine(day, time.min, ZONE).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def end_of(day: date) -> datetime | None:
    """Give the instant, in UTC, at which the day after `day` begins; None where the calendar ends with it."""
    return None if day == date.max else start_of(day + timedelta(days=1))
