"""The content of a ticket: what TicketOpened sets and TicketUpdated replaces (contract 43 and 66)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.projector.folds.contacts import caller_view
from shared.clock import instant, wire
from shared.contract import ClaimNumber, TicketOpened, TicketUpdated, location_of


@dataclass(frozen=True, slots=True)
class Content:
    """Location and content of a ticket, in the shapes of the views.

    `agency`, `patrimony`: uids; one of them is None. `created`: in UTC. `caller`: as the detail shows it. `claims`: the
    claim numbers that are present; the first one that is not blank is `ref`. `additional_data`: without its nulls.
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
    """Return the content that an event sets."""
    location, ticket = location_of(event.locationRef), event.ticket
    claims = _claims(ticket.claimNumber)
    return Content(
        agency=location.agency,
        patrimony=location.patrimony,
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
