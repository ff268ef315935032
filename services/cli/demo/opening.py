"""The opening of a made-up ticket: where and when it happens, who calls, and what about. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from services.cli.demo.phrases import ACCESS, FIRST_NAMES, LAST_NAMES, STREETS, TOWNS, TRADES, Trade
from services.cli.demo.sites import Site
from shared.clock import ZONE
from shared.directory.entries import Agency, Entry, Patrimony

DAYS = 60
"""The tickets open on this many days before the present moment."""
WEEKDAYS = (14, 11, 10, 10, 12, 7, 5)
"""Share of the openings on each day of the week, from Monday on."""
HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 11, 11, 9, 8, 7, 7, 8, 8, 9, 11, 12, 10, 8, 6, 4, 3)
"""Share of the openings in each hour of the day."""
AUTOMATON = 0.06
"""Share of the tickets that a machine opens, for instance an alarm."""
WITH_INSTRUCTIONS, WITH_CONTACT, WITH_DATA = 0.3, 0.1, 0.3
MACHINE = "AutomatonCaller"


@dataclass(frozen=True, slots=True)
class Place:
    """A site of the directory with its address."""

    site: Site
    street: str
    zip_code: str
    quality: str | None
    """Name of the building."""


def places(entries: Sequence[Entry]) -> list[Place]:
    """Return the places of a directory: its patrimonies, and every town of its agencies."""
    agencies = {entry.uid: entry.label for entry in entries if isinstance(entry, Agency)}
    found = [
        Place(Site(uid, None, town), "", zip_code, None)
        for uid, label in agencies.items()
        for zip_code, town in TOWNS[label]
    ]
    for entry in entries:
        if isinstance(entry, Patrimony):
            chance = Random(entry.uid)  # noqa: S311 - a building does not move
            agency = entry.agencyUids[0]
            zip_code, town = chance.choice(TOWNS[agencies[agency]])
            street = f"{chance.randrange(1, 120)} {chance.choice(STREETS)}"
            found.append(Place(Site(agency, entry.uid, town), street, zip_code, entry.label))
    return found


def opening_moment(chance: Random, now: datetime) -> datetime:
    """Return a moment in the `DAYS` days before `now`: more on Mondays than on Sundays, few at night."""
    today = now.astimezone(ZONE).date()
    days = [today - timedelta(days=back) for back in range(DAYS)]
    while True:
        [day] = chance.choices(days, [WEEKDAYS[each.weekday()] for each in days])
        [hour] = chance.choices(range(24), HOURS)
        moment = datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), ZONE)
        if moment <= now:
            return moment


def choose_trade(chance: Random) -> Trade:
    """Return a trade by its weight."""
    [trade] = chance.choices(TRADES, [trade.weight for trade in TRADES])
    return trade


def content(chance: Random, number: int, place: Place, trade: Trade) -> dict[str, Any]:
    """Return the `ticket` of the command that opens ticket `number`."""
    made: dict[str, Any] = {
        "caller": MACHINE if chance.random() < AUTOMATON else _caller(chance),
        "claimNumber": {"callCenterClaimNumber": f"CC{number + 100_000}"},
        "address": _address(chance, place),
        "request": chance.choice(trade.requests),
        "callPurposeLabel": trade.purpose,
        "altCallPurpose": {},
        "additionalData": {},
    }
    if chance.random() < WITH_INSTRUCTIONS:
        made["instructions"] = chance.choice(ACCESS)
    if chance.random() < WITH_CONTACT:
        made["contactToCallback"] = {"name": chance.choice(LAST_NAMES), "medium": phone(chance)}
    if chance.random() < WITH_DATA:
        made["claimNumber"]["clientClaimNumber"] = f"{chance.randrange(10**9, 10**10)}"
        made["additionalData"] = {"Corps de métier": trade.purpose.partition(" /")[0].upper(), "OS urgent": "NON"}
    return made


def phone(chance: Random) -> dict[str, str]:
    """Return a telephone of a person: a number that is kept free for fiction."""
    return {"phone": f"063998{chance.randrange(10**4):04}", "contactMediumType": "Phone"}


def civil_name(chance: Random) -> dict[str, str]:
    """Return the made-up name of a person."""
    gender = chance.choice(tuple(FIRST_NAMES))
    first, last = chance.choice(FIRST_NAMES[gender]), chance.choice(LAST_NAMES)
    return {"firstName": first, "lastName": last, "gender": gender, "nameType": "CivilName"}


def _caller(chance: Random) -> dict[str, Any]:
    return {"name": civil_name(chance), "medium": phone(chance), "callerType": "HumanCaller"}


def _address(chance: Random, place: Place) -> dict[str, Any]:
    address = {
        "street": place.street or f"{chance.randrange(1, 180)} {chance.choice(STREETS)}",
        "zipCode": place.zip_code,
        "city": place.site.town,
        "country": "France",
    }
    if place.quality:
        address["quality"] = place.quality
    if chance.random() < WITH_INSTRUCTIONS:
        inside = {"floor": str(chance.randrange(1, 9)), "unit": str(chance.randrange(1, 60))}
        return address | {"recipientIdentificationSupplement": inside}
    return address
