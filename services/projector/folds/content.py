"""What a ticket is about: all that opening it says, and updating it replaces (contract README, 43 and 66)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.projector.folds.contacts import caller_view
from shared.clock import instant, wire
from shared.contract import AgencyLocation, ClaimNumber, PatrimonyLocation, TicketOpened, TicketUpdated


@dataclass(frozen=True, slots=True)
class Content:
    """Location and content of a ticket, in the views' shapes.

    `agency`, `patrimony`: uid of the location, one of them is None. `created`: UTC. `caller`: as the detail shows it.
    `claims`: the claim numbers given, of which `ref` may be one. `additional_data`: without its nulls.
    """

    agency: str | None
    patrimony: str | None
    created: str
    ref: str
    claims: Sequence[str]
    purpose: str
    caller: Mapping[str, Any]
    address: Mapping[str, Any]
    request: str
    instructions: str | None
    additional_data: Mapping[str, str]


def content_of(event: TicketOpened | TicketUpdated) -> Content:
    """Take the content out of an event."""
    location, ticket = event.locationRef, event.ticket
    claims = _claims(ticket.claimNumber)
    return Content(
        agency=location.agencyUid if isinstance(location, AgencyLocation) else None,
        patrimony=location.patrimonyUid if isinstance(location, PatrimonyLocation) else None,
        created=wire(instant(event.openedDate)),
        ref=next((claim for claim in claims if not claim.isspace()), event.aggregateUid),
        claims=claims,
        purpose=ticket.callPurposeLabel,
        caller=caller_view(ticket.caller),
        address=ticket.address.model_dump(exclude_none=True),
        request=ticket.request,
        instructions=ticket.instructions,
        additional_data={key: text for key, text in ticket.additionalData.items() if text is not None},
    )


def _claims(claim: ClaimNumber) -> list[str]:
    return [number for number in (claim.clientClaimNumber, claim.callCenterClaimNumber) if number]
