"""Functions that make the events of a test ticket and show its views."""

import json
from collections.abc import Iterable
from typing import Any

from services.projector.folds.render import place_of, render
from services.projector.folds.table import fold
from services.projector.folds.ticket_state import TicketState
from shared.contract import TicketEvent, parse_event
from shared.directory.entries import Agency, Directory, Patrimony, ProviderContact

TICKET = "17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2"
PATRIMONY = "17ab7b5b-b7ca-18f6-d5f3-3dfbcbaee1a2"
AGENCY = "17d706c1-7844-00f5-a4a4-f1afa1975184"
OTHER_AGENCY = "5ced7e8e-3baa-1cb1-575d-b0e98cf21d5c"
SHARED_PATRIMONY = "74aa4bf3-8fde-4985-b16e-e3ba2788868f"
PROVIDER = "7943797a-93c4-73f9-48f8-6baea5e94d13"
UNKNOWN = "00000000-0000-0000-0000-000000000000"

DIRECTORY = Directory(
    agencies={
        AGENCY: Agency(uid=AGENCY, label="My Agency", accountUid=UNKNOWN),
        OTHER_AGENCY: Agency(uid=OTHER_AGENCY, label="Agence du Nord", accountUid=UNKNOWN),
    },
    patrimonies={
        PATRIMONY: Patrimony(uid=PATRIMONY, ref="P1", label="My patrimony", agencyUids=(AGENCY,)),
        SHARED_PATRIMONY: Patrimony(uid=SHARED_PATRIMONY, ref="ZER319", agencyUids=(OTHER_AGENCY, AGENCY)),
    },
    providers={
        PROVIDER: ProviderContact(
            uid=PROVIDER, name="Froid Dubrulle", phones=("0199004512",), fax=(), emails=("astreinte@dubrulle.example",)
        ),
    },
)

AT_AGENCY = {"agencyUid": AGENCY, "locationReferenceType": "AgencyLocation"}
AT_OTHER_AGENCY = {"agencyUid": OTHER_AGENCY, "locationReferenceType": "AgencyLocation"}
AT_PATRIMONY = {"patrimonyUid": PATRIMONY, "locationReferenceType": "PatrimonyLocation"}
AT_SHARED_PATRIMONY = {"patrimonyUid": SHARED_PATRIMONY, "locationReferenceType": "PatrimonyLocation"}
REFERENCED = {"providerUid": PROVIDER, "providerType": "ReferencedProvider"}
STRANGER = {"providerUid": UNKNOWN, "providerType": "ReferencedProvider"}
ANONYMOUS = {
    "name": {"value": "Mr Provider", "nameType": "PoorName"},
    "phones": ["0146304312"],
    "fax": [],
    "emails": [],
    "providerType": "AnonymousProvider",
}
PHONE = {"phone": "0146304312", "contactMediumType": "Phone"}
TICKET_INFOS: dict[str, Any] = {
    "caller": "AutomatonCaller",
    "claimNumber": {},
    "address": {"street": "12 rue de Gand", "zipCode": "59200", "city": "Tourcoing"},
    "request": "Vitrine en panne",
    "callPurposeLabel": "frigoriste",
    "altCallPurpose": {},
    "additionalData": {},
}


def process_uid(number: int) -> str:
    """Return the processUid of the ticket's event with this number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def event(event_type: str, number: int = 1, **fields: Any) -> TicketEvent:
    """Return an event of the ticket; `fields` are those of its type."""
    envelope = {
        "processUid": process_uid(number),
        "aggregateUid": TICKET,
        "operator": {"name": "Claire Vasseur", "operatorType": "AnonymousOperator"},
        "sentDate": "2016-05-26T23:00:00.000Z",
        "eventType": event_type,
    }
    return parse_event(json.dumps(envelope | fields).encode())


def opened(at: str = "2016-05-26T08:00:00.000Z", **infos: Any) -> TicketEvent:
    """Return the opening of the ticket at an agency; `infos` replace fields of TICKET_INFOS."""
    return event("TicketOpened", locationRef=AT_AGENCY, ticket=TICKET_INFOS | infos, openedDate=at)


def updated(
    at: str = "2016-05-26T08:00:00.000Z",
    location: Any = AT_AGENCY,
    sent: str = "2016-05-26T23:00:00.000Z",
    **infos: Any,
) -> TicketEvent:
    """Return an event that replaces location, content and opening date of the ticket."""
    return event(
        "TicketUpdated",
        locationRef=location,
        ticket=TICKET_INFOS | infos,
        openedDate=at,
        sentDate=sent,
    )


def after(*events: TicketEvent) -> TicketState:
    """Return the state after a ticket's events, from version 1 on."""
    return follow(None, events)


def follow(state: TicketState | None, events: Iterable[TicketEvent]) -> TicketState:
    """Return the state after further events of a ticket."""
    for each in events:
        state = fold(state, each, state.version + 1 if state else 1)
    assert state is not None
    return state


def item(state: TicketState, directory: Directory = DIRECTORY) -> dict[str, Any]:
    """Return the ticket as the list shows it."""
    view: dict[str, Any] = json.loads(render(state, directory, place_of(state, directory)).item)
    return view


def head(state: TicketState, directory: Directory = DIRECTORY) -> dict[str, Any]:
    """Return the ticket as the detail shows it, without its journal."""
    view: dict[str, Any] = json.loads(render(state, directory, place_of(state, directory)).head)
    return view
