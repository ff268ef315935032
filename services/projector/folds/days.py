"""Journal dates of events, and the days of Europe/Paris that they fall on (contract README, 9, 43 and 48)."""

from datetime import UTC, datetime

from shared.clock import ZONE, instant
from shared.contract import EVENT_FACTS, TicketEvent


def journal_date(event: TicketEvent) -> datetime:
    """Tell when the fact happened: the event's business date, else when the command was received; zone as written."""
    return instant(getattr(event, EVENT_FACTS[event.eventType].date or "sentDate"))


def local_day(moment: datetime) -> str:
    """Tell the day of Europe/Paris, `YYYY-MM-DD`; in the calendar's last hour, which has none there, the day in UTC."""
    try:
        return moment.astimezone(ZONE).date().isoformat()
    except OverflowError:
        return moment.astimezone(UTC).date().isoformat()
