"""A portfolio of buildings and the events of its tickets, generated: the same ones in every run.

Pure. The tickets open on a thousand days at a hundred agencies; one stormy day has a twentieth of all tickets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from random import Random
from typing import Any

from services.cli.demo.sites import Site, random_uid, referenced_provider
from shared.clock import wire
from shared.directory.entries import Agency, Entry, Patrimony, ProviderContact

DAYS = 1_000
STORM = 600
"""The day, counted from the first, on which `STORM_SHARE` of the tickets open."""
STORM_SHARE = 0.05
AGENCIES, ACCOUNTS, PATRIMONIES, PROVIDERS, PURPOSES, VOCABULARY = 100, 10, 300, 200, 60, 3_000
MOST_TOWNS = 8
"""Most towns of an agency; each has at least one."""
COMMON, ASSIGNED, COMMENTED, CLOSED, CLOSED_LATELY = 0.1, 0.7, 0.3, 0.97, 0.5
"""Shares of the tickets: with `COMMON_WORD` in the request, with a provider, with a commentary, closed, and closed
among the recent ones."""
LATELY = 30
"""Number of recent days, whose tickets are closed less often."""
COMMON_WORD = "infiltration"
"""A word of one request in ten."""

OPERATOR = {"operatorUid": "f281d579-084e-95a1-8abb-582f2dcc2ed5", "operatorType": "ReferencedOperator"}

_SYLLABLES = [first + last for first, last in product("bcdfglmnprstv", ("a", "e", "i", "o", "ou", "an", "ier", "eur"))]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A directory, and `tickets` tickets that open on the days up to `today`; their numbers follow the days."""

    tickets: int
    today: date
    entries: Sequence[Entry]
    sites: Sequence[Site]
    providers: Sequence[str]
    """Uids of the providers."""
    purposes: Sequence[str]
    """Labels of the call purposes."""
    vocabulary: Sequence[str]
    """The words of all texts."""

    def opened(self, number: int) -> datetime:
        """Return the day on which ticket `number` opens, at 05:00 UTC."""
        storm = round(self.tickets * STORM_SHARE)
        daily = (self.tickets - storm) / (DAYS - 1)
        before = round(STORM * daily)
        if number < before:
            day = int(number / daily)
        elif number < before + storm:
            day = STORM
        else:
            day = STORM + 1 + int((number - before - storm) / daily)
        first = self.today - timedelta(days=DAYS - 1)
        return datetime.combine(first + timedelta(days=min(day, DAYS - 1)), time(5), UTC)

    def uid(self, number: int) -> str:
        """Return the uid of ticket `number`."""
        return random_uid(Random(number))  # noqa: S311 - the same every time

    def life(self, number: int, sent: datetime) -> list[dict[str, Any]]:
        """Return the events of ticket `number` in their order, as if the server had received them at `sent`."""
        chance = Random(number)  # noqa: S311 - the same every time
        uid, site = random_uid(chance), chance.choice(self.sites)
        opened = self.opened(number) + timedelta(seconds=chance.randrange(15 * 3600))
        request = chance.choices(self.vocabulary, k=12)
        if chance.random() < COMMON:
            request[4] = COMMON_WORD
        provider = referenced_provider(chance.choice(self.providers))

        def event(kind: str, hours: float, date_field: str, **fields: Any) -> dict[str, Any]:
            return {
                "processUid": random_uid(chance),
                "aggregateUid": uid,
                "operator": OPERATOR,
                **fields,
                date_field: wire(opened + timedelta(hours=hours)),
                "sentDate": wire(sent),
                "eventType": kind,
            }

        events = [
            event(
                "TicketOpened",
                0,
                "openedDate",
                locationRef=site.location,
                ticket=_ticket(chance, site, self.purposes, request),
            )
        ]
        if chance.random() < ASSIGNED:
            purpose = {"purpose": "De garde", "providerAssignationPurposeType": "Purpose"}
            events.append(event("ProviderAssigned", 0.2, "date", provider=provider, purpose=purpose))
        if chance.random() < COMMENTED:
            message = " ".join(chance.choices(self.vocabulary, k=8)).capitalize()
            events.append(event("MessageAdded", 0.5, "messageAddedDate", message=message))
        is_recent = number > self.tickets * (1 - LATELY / DAYS)
        if chance.random() < (CLOSED_LATELY if is_recent else CLOSED):
            events.append(event("TicketClosed", 5, "closingDate", **_closing(chance, self.vocabulary, provider)))
        return events

    def later(self, number: int, sent: datetime) -> list[dict[str, Any]]:
        """Return two further events of ticket `number`, different each time, as if received at `sent`."""
        chance = Random()  # noqa: S311 - another each time
        known = {"operator": OPERATOR, "aggregateUid": self.uid(number), "sentDate": wire(sent)}
        provider = referenced_provider(chance.choice(self.providers))
        purpose = {"purpose": "De garde", "providerAssignationPurposeType": "Purpose"}
        message = " ".join(chance.choices(self.vocabulary, k=8)).capitalize()
        return [
            known
            | {"processUid": random_uid(chance), "eventType": "ProviderAssigned", "date": wire(sent)}
            | {"provider": provider, "purpose": purpose},
            known
            | {"processUid": random_uid(chance), "eventType": "MessageAdded", "messageAddedDate": wire(sent)}
            | {"message": message},
        ]


def make_portfolio(tickets: int, today: date) -> Portfolio:
    """Return a portfolio with its agencies, patrimonies, towns, providers and call purposes."""
    chance = Random("park")  # noqa: S311 - the same every time
    accounts = [random_uid(chance) for _ in range(ACCOUNTS)]
    agencies = [
        Agency(uid=random_uid(chance), label=f"Agence {number}", accountUid=accounts[number % ACCOUNTS])
        for number in range(AGENCIES)
    ]
    patrimonies = [
        Patrimony(
            uid=random_uid(chance),
            ref=f"PAT{number:04}",
            label=f"Résidence {_name(chance)}",
            agencyUids=tuple(agency.uid for agency in chance.sample(agencies, chance.choice((1, 1, 2, 3)))),
        )
        for number in range(PATRIMONIES)
    ]
    providers = [
        ProviderContact(
            uid=random_uid(chance),
            name=f"Société {_name(chance)}",
            phones=(f"01990{number:05}",),
            fax=(),
            emails=(f"astreinte{number}@provider.example",),
        )
        for number in range(PROVIDERS)
    ]
    return Portfolio(
        tickets,
        today,
        entries=[*agencies, *patrimonies, *providers],
        sites=[site for agency in agencies for site in _sites(chance, agency, patrimonies)],
        providers=[provider.uid for provider in providers],
        purposes=[f"{_name(chance)} / {_name(chance)} HS" for _ in range(PURPOSES)],
        vocabulary=[_name(chance).lower() for _ in range(VOCABULARY)],
    )


def _sites(chance: Random, agency: Agency, patrimonies: Sequence[Patrimony]) -> Iterator[Site]:
    own = [None, *(patrimony.uid for patrimony in patrimonies if patrimony.agencyUids[0] == agency.uid)]
    for _ in range(chance.randint(1, MOST_TOWNS)):
        town = f"Ville-{_name(chance)}"
        yield from (Site(agency.uid, patrimony, town) for patrimony in own)


def _ticket(chance: Random, site: Site, purposes: Sequence[str], request: Sequence[str]) -> dict[str, Any]:
    phone = {"phone": f"06{chance.randrange(10**8):08}", "contactMediumType": "Phone"}
    name = {"firstName": _name(chance), "lastName": _name(chance), "gender": "Female", "nameType": "CivilName"}
    return {
        "caller": {"name": name, "medium": phone, "callerType": "HumanCaller"},
        "claimNumber": {"callCenterClaimNumber": f"CC{chance.randrange(10**8):08}"},
        "address": {"street": f"{chance.randrange(1, 200)} rue {_name(chance)}", "zipCode": "75001", "city": site.town},
        "request": " ".join(request).capitalize() + ".",
        "callPurposeLabel": chance.choice(purposes),
        "altCallPurpose": {},
        "additionalData": {},
    }


def _closing(chance: Random, vocabulary: Sequence[str], provider: dict[str, str]) -> dict[str, Any]:
    return {
        "provider": provider,
        "brakedownNature": "Défaut électrique",
        "stillOnSite": "NotAsked",
        "report": " ".join(chance.choices(vocabulary, k=6)).capitalize() + ".",
        "result": "Réparé",
    }


def _name(chance: Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=3)).capitalize()
