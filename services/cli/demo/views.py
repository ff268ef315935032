"""What the views say when the story is over, read and held against what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.cli.demo.client import Client
from services.cli.demo.failure import DemoFailed
from shared.contract import DetailedTicketView, TicketEvent, TicketQueryView, TicketStats


@dataclass(frozen=True, slots=True)
class Views:
    """One ticket in all views."""

    item: TicketQueryView
    detail: DetailedTicketView
    stats: TicketStats
    feed: list[TicketEvent]


async def read_views(client: Client, played: Sequence[TicketEvent], until: str) -> Views:
    """Read the ticket of the events `played`, and the feed up to `until`; raises `DemoFailed` if one is wrong."""
    ticket = played[0].aggregateUid
    item = next((item for item in await client.tickets() if item.uid == ticket), None)
    detail = await client.ticket(ticket)
    if item is None or detail is None:
        raise DemoFailed("the ticket is not in the views")
    views = Views(item, detail, await client.stats(), await client.events(played[0].sentDate, until))
    check(views, played)
    return views


def check(views: Views, played: Sequence[TicketEvent]) -> None:
    """Raise `DemoFailed` for the first view that says something else than the events `played`."""
    if views.item.status != "CLOSED":
        raise DemoFailed(f"the list shows the ticket {views.item.status}, not CLOSED")
    journal = [entry.eventName for day in views.detail.journal for entry in day.events]
    expected = [event.eventType for event in played[1:]]
    if journal != expected:
        raise DemoFailed(f"the journal lists {', '.join(journal) or 'nothing'}, not {', '.join(expected)}")
    if views.stats.newTickets.lastSevenDays < 1:
        raise DemoFailed("the statistics do not count the ticket")
    if views.feed != list(played):
        raise DemoFailed(f"the feed has other events than the {len(played)} that were answered, or another order")
