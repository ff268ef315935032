"""The views at the end of the story, checked against the events that were answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.cli.demo.client import Client
from services.cli.demo.demo_error import DemoError
from shared.contract import DetailedTicketView, TicketEvent, TicketQueryView, TicketStats


@dataclass(frozen=True, slots=True)
class Views:
    """The ticket in each view."""

    item: TicketQueryView
    detail: DetailedTicketView
    stats: TicketStats
    feed: list[TicketEvent]


async def read_views(client: Client, played: Sequence[TicketEvent], until: str) -> Views:
    """Return the views of the ticket of the events `played`, and the feed up to `until`; raises `DemoError`."""
    ticket = played[0].aggregateUid
    item = next((item for item in await client.tickets() if item.uid == ticket), None)
    detail = await client.ticket(ticket)
    if item is None or detail is None:
        raise DemoError("the ticket is not in the views")
    views = Views(item, detail, await client.stats(), await client.events(played[0].sentDate, until))
    check(views, played)
    return views


def check(views: Views, played: Sequence[TicketEvent]) -> None:
    """Raise `DemoError` for the first view that does not agree with the events `played`."""
    if views.item.status != "CLOSED":
        raise DemoError(f"the list shows the ticket {views.item.status}, not CLOSED")
    journal = [entry.eventName for day in views.detail.journal for entry in day.events]
    expected = [event.eventType for event in played[1:]]
    if journal != expected:
        raise DemoError(f"the journal lists {', '.join(journal) or 'nothing'}, not {', '.join(expected)}")
    if views.stats.newTickets.lastSevenDays < 1:
        raise DemoError("the statistics do not count the ticket")
    if views.feed != list(played):
        raise DemoError(f"the feed has other events than the {len(played)} that were answered, or another order")
