"""Ticket statistics, computed from the numbers of tickets per day (table `views.yaml`, TicketStats). Pure."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from services.gateway.parameters.filters import Selection
from services.gateway.views.counters import Created, month_of
from shared.contract import NewTicketsStats, TicketCreationFrequencyStats, TicketStats

CENT = Decimal("0.01")
SEVEN_DAYS = timedelta(days=6)


def months_shown(today: date) -> frozenset[date]:
    """Return the months whose days `ticket_stats` needs, besides the first month with tickets."""
    return frozenset(map(month_of, (today, today - SEVEN_DAYS, _month_before(today))))


def ticket_stats(created: Created, selection: Selection, today: date) -> TicketStats:
    """Return the statistics of tickets `created` per day (contract 56 and 78)."""
    this_month, last_month = month_of(today), _month_before(today)
    next_month = month_of(this_month + timedelta(days=31))

    def between(first: date, end: date) -> int:
        return sum(count for day, count in created.items() if first <= day < end)

    first = selection.first or min(created, default=today)
    last = selection.last or today
    return TicketStats(
        newTickets=NewTicketsStats(
            lastSevenDays=between(today - SEVEN_DAYS, today + timedelta(days=1)),
            lastMonth=between(last_month, this_month),
            currentMonth=between(this_month, next_month),
        ),
        ticketCreationFrequency=TicketCreationFrequencyStats(
            byDay=_rate(sum(created.values()), max(1, (last - first).days + 1))
        ),
    )


def _month_before(day: date) -> date:
    return month_of(month_of(day) - timedelta(days=1))


def _rate(tickets: int, days: int) -> int | float:
    rate = (Decimal(tickets) / days).quantize(CENT, ROUND_HALF_UP)
    return int(rate) if rate == int(rate) else float(rate)
