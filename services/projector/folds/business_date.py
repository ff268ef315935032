"""Business dates: when what an event says happened (contract 43 and 48)."""

from datetime import datetime

from shared.clock import instant
from shared.contract import EVENT_FACTS, TicketEvent


def business_date(event: TicketEvent) -> datetime:
    """Return the event's business date, else the time when the command was received, in the zone as written."""
    return instant(getattr(event, EVENT_FACTS[event.eventType].date or "sentDate"))
