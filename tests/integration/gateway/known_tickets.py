"""Tickets that differ in everything that parameters select by: their events, and their expected reads."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.clock import wire
from shared.directory.entries import Entry, OperatorEntry, ProviderContact
from tests.integration.gateway.parameters import ICE, NOA, ROOF, ZOE
from tests.support.data.contract_examples import example
from tests.support.data.directory import ACCOUNT, NORTH, PARK, SOUTH, TWO_AGENCIES_AND_A_PARK
from tests.support.data.tickets import AT_NORTH, Stored, stored, ticket_uid
from tests.support.expected.read_answers import Places, ShownTicket

ENTRIES: tuple[Entry, ...] = (
    *TWO_AGENCIES_AND_A_PARK,
    ProviderContact(uid=ICE, name="Froid", phones=(), fax=(), emails=()),
    ProviderContact(uid=ROOF, name="Couvreur", phones=(), fax=(), emails=()),
    OperatorEntry(uid=ZOE, name="Zoé"),
    OperatorEntry(uid=NOA, name="noa"),
)
NAMES = {NORTH: "North", SOUTH: "South", PARK: "ZER319", ICE: "Froid", ROOF: "Couvreur", ZOE: "Zoé", NOA: "noa"}
PLACES = Places(NAMES, {NORTH: ACCOUNT, SOUTH: NORTH}, {PARK: [NORTH, SOUTH]}, {PARK: "ZER319"}, [ZOE, NOA])

LOCATIONS = (
    AT_NORTH,
    {"agencyUid": SOUTH, "locationReferenceType": "AgencyLocation"},
    {"patrimonyUid": PARK, "locationReferenceType": "PatrimonyLocation"},
)
TOWNS = ("Évry", "Saint-Étienne", "L'Haÿ-les-Roses", "Nice, Riviera")
PURPOSES = ("Fenêtre, volet", "Chauffage / ECS", "Remise à 50 % + pose")
REQUESTS = ("Vitre brisée, côté nord", "Fuite d'eau", "Chaudière à l'arrêt")
PROVIDERS = (None, ICE, ROOF)
DAYS_AGO = (-3, 0, 1, 5, 6, 7, 8, 13, 25, 31, 45, 62, 90)
VARIED = 36

AROUND_MIDNIGHTS = (
    "2024-03-30T22:59:59.999Z",
    "2024-03-30T23:00:00.000Z",
    "2024-03-31T21:59:59.999Z",
    "2024-03-31T22:00:00.000Z",
    "2024-10-26T21:59:59.999Z",
    "2024-10-26T22:00:00.000Z",
    "2024-10-27T22:59:59.999Z",
    "2024-10-27T23:00:00.000Z",
)
"""Creation times: midnight and the millisecond before it, on the days on which clocks change."""
FIRST_AROUND_MIDNIGHT, FIRST_OF_MANY, MANY = 100, 200, 110
MANY_CREATED, MANY_SENT = datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)


def known_tickets(now: datetime) -> Iterator[list[Stored]]:
    """Yield the events of tickets: recent and future varied ones, some around midnights, many equal ones."""
    for number in range(VARIED):
        yield _varied(number, now)
    for number, created in enumerate(AROUND_MIDNIGHTS):
        yield [_opened(FIRST_AROUND_MIDNIGHT + number, created, f"2025-01-01T00:00:00.00{number}Z", "Paris", "Toiture")]
    for number in range(MANY):
        created = wire(MANY_CREATED + timedelta(minutes=number // 3))
        sent = wire(MANY_SENT + timedelta(seconds=number // 3))
        yield [_opened(FIRST_OF_MANY + number, created, sent, "Lyon", "Volume")]


def describe(lives: list[list[Stored]]) -> list[ShownTicket]:
    """Return the expected reads for tickets with these events."""
    tickets = []
    for life in lives:
        ticket = ShownTicket(life[0].ticket)
        for event in life:
            ticket.add(event.fields)
        tickets.append(ticket)
    return tickets


def _varied(number: int, now: datetime) -> list[Stored]:
    created = now - timedelta(days=DAYS_AGO[number % len(DAYS_AGO)], minutes=number)
    sent = f"2025-02-01T00:00:{number:02d}.000Z"
    town, purpose, request = TOWNS[number % 4], PURPOSES[number // 2 % 3], REQUESTS[number // 3 % 3]
    place = LOCATIONS[number % 3]
    life = [_opened(number, wire(created), sent, town, purpose, request=request, place=place)]
    if provider := PROVIDERS[number // 4 % 3]:
        assigned = {"provider": {"providerUid": provider, "providerType": "ReferencedProvider"}, "sentDate": sent}
        life.append(stored(ticket_uid(number), 2, "ProviderAssigned", **assigned))
    if number % 5 < 2:
        life.append(stored(ticket_uid(number), len(life) + 1, "TicketCancelled", sentDate=sent))
    if number % 7 == 0:
        life.append(stored(ticket_uid(number), len(life) + 1, "CallReceived", sentDate=sent))
        corrected = {"targetedEvent": life[-1].fields["processUid"], "text": "Vitre brisée au nord", "sentDate": sent}
        life.append(stored(ticket_uid(number), len(life) + 1, "TicketEventInformationsCorrected", **corrected))
    return life


def _opened(
    number: int,
    created: str,
    sent: str,
    town: str,
    purpose: str,
    *,
    request: str = "",
    place: dict[str, Any] = LOCATIONS[0],
) -> Stored:
    said = example("event", "TicketOpened")["ticket"]
    content = said | {
        "address": said["address"] | {"city": town},
        "callPurposeLabel": purpose,
        "request": request,
    }
    opening = {"locationRef": place, "ticket": content, "openedDate": created, "sentDate": sent}
    return stored(ticket_uid(number), 1, "TicketOpened", **opening)
