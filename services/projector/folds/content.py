"""What a ticket is about: all that opening it says, and updating it replaces (contract README, 43 and 66)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.projector.folds.contacts import caller_view
from shared.clock import instant, wire
from shared.contract import AgencyLocation, ClaimNumber, PatrimonyLocation, TicketOpened, TicketUpdated


@dataclass(frozen=True, slots=True)
class Content:
    """Location and content of a ticket, in the views' shapes.

    `agency`, `patrimony`: uid of the location, one of them is None. `created`: UTC. `caller`: as the detail shows it.
    `additional_data`: without its nulls.
    """

    agency: str | None
    patrimony: str | None
    created: str
    ref: str
    purpose: str
    caller: Mapping[str, Any]
    address: Mapping[str, Any]
    request: str
    instructions: str | None
    additional_data: Mapping[str, str]


def content_of(event: TicketOpened | TicketUpdated) -> Content:
    """Take the content out of an event."""
    location, ticket = event.locationRef, event.ticket
    return Content(
        agency=location.agencyUid if isinstance(location, AgencyLocation) else None,
        patrimony=location.patrimonyUid if isinstance(location, PatrimonyLocation) else None,
        created=wire(instant(event.openedDate)),
        ref=_ref(ticket.claimNumber) or event.aggregateUid,
        purpose=ticket.callPurposeLabel,
        caller=caller_view(ticket.caller),
        address=ticket.address.model_dump(exclude_none=True),
        request=ticket.request,
        instructions=ticket.instructions,
        additional_data={key: text for key, text in ticket.additionalData.items() if text is not None},
    )


def _ref(claim: ClaimNumber) -> str | None:
    numbers = (claim.clientClaimNumber, claim.callCenterClaimNumber)
    return next((number for number in numbers if number and not number.isspace()), None)
