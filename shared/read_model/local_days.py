"""Whole local days of Europe/Paris (contract 9)."""

from datetime import UTC, date, datetime, time, timedelta

from shared.clock import ZONE

LAST_MOMENT = datetime.combine(date.max, time(23, 59, 59, 999_000), ZONE).astimezone(UTC)
"""The last instant of the last local day. Later instants, in the last hour of year 9999 in UTC, count for that day."""


def local_day(moment: datetime) -> date:
    """Return the day in Europe/Paris at `moment`; the last day of the calendar after `LAST_MOMENT`."""
    try:
        return moment.astimezone(ZONE).date()
    except OverflowError:
        return moment.astimezone(UTC).date()


def start_of(day: date) -> datetime:
    """Return the instant, in UTC, at which `day` begins; the earliest possible one for a day before year 1."""
    try:
        return datetime.combine(day, time.min, ZONE).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def end_of(day: date) -> datetime | None:
    """Return the instant, in UTC, at which the next day begins; None for the last day of the calendar."""
    return None if day == date.max else start_of(day + timedelta(days=1))
