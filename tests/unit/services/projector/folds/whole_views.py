"""Whole views of a ticket after some events, to compare with views written by hand from the contract."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.projector.folds.batch import Changes, EventRecord, apply, read
from shared.read_model.exported_ticket import exported_commentary, exported_ticket
from shared.read_model.journal_by_day import detail
from shared.storage.checkpoints import NEVER
from tests.contract.shapes import EVENTS
from tests.unit.services.projector.folds.story import (
    AGENCY,
    AT_SHARED_PATRIMONY,
    DIRECTORY,
    OTHER_AGENCY,
    PROVIDER,
    SHARED_PATRIMONY,
    TICKET,
    process_uid,
)

Fields = dict[str, Any]
Entry = tuple[str, str, Fields]
"""A line of the journal: name of the event, date, data."""
Told = tuple[str, Fields]
"""An event: its type, and its own fields."""


def local(time: str) -> str:
    """Return a time of the story's day as events contain it, in the offset of Paris."""
    return f"2016-08-25T{time}:00.000+02:00"


def utc(time: str) -> str:
    """Return a time of the story's day as views contain it."""
    return f"2016-08-25T{time}:00.000Z"


@dataclass(frozen=True, slots=True)
class Row:
    """An event of a ticket, and the views after it by the contract; those of `after` come between the opening and it.

    `views`: fields of list, detail and export that differ from those of the opened ticket. `detail`, `export`: fields
    that differ in one of them only. None means that the field is absent. `journal`: the lines of each day.
    """

    said: Fields
    views: Fields = field(default_factory=dict)
    detail: Fields = field(default_factory=dict)
    export: Fields = field(default_factory=dict)
    journal: dict[str, list[Entry]] = field(default_factory=dict)
    after: Sequence[Told] = ()


class Shown(NamedTuple):
    """A ticket as list, detail and export show it, and its events as the feed shows them."""

    item: Any
    detail: Any
    export: Any
    feed: list[bytes]


ADDRESS = {
    "quality": "Supermarché des Flandres",
    "street": "12 rue de Gand",
    "complement": "Entrée livraisons",
    "recipientIdentificationSupplement": {"floor": "RDC", "entrance": "B"},
    "geographicalIdentificationSupplement": {"building": "Bâtiment A"},
    "zipCode": "59200",
    "city": "TOURCOING",
    "state": "Hauts-de-France",
    "country": "France",
}
OPENING: Fields = {
    "locationRef": AT_SHARED_PATRIMONY,
    "ticket": {
        "caller": {
            "name": {"gender": "Female", "firstName": "Anne", "lastName": "Lefèvre", "nameType": "CivilName"},
            "medium": {"phone": "0199003127", "contactMediumType": "SMS"},
            "comment": "Demander la directrice",
            "callerType": "HumanCaller",
        },
        "contactToCallback": {
            "name": "Mme Lefèvre",
            "medium": {"fax": "0199003128", "contactMediumType": "Fax"},
            "availability": local("18:00"),
            "comment": "Avant la fermeture",
        },
        "claimNumber": {"callCenterClaimNumber": "CC_48213", "clientClaimNumber": "2016256649"},
        "address": ADDRESS,
        "request": "Vitrine en panne",
        "instructions": "Se présenter à l'accueil",
        "callPurposeLabel": "Frigoriste",
        "altCallPurpose": {"Famille": ["Froid commercial", "Meuble réfrigéré"]},
        "additionalData": {"Code magasin": "FRPK98", "OS urgent": None},
    },
    "openedDate": local("16:50"),
}
VIEWS: Fields = {
    "uid": TICKET,
    "ref": "2016256649",
    "agencies": [{"uid": OTHER_AGENCY, "name": "Agence du Nord"}, {"uid": AGENCY, "name": "My Agency"}],
    "patrimony": {"uid": SHARED_PATRIMONY, "name": "ZER319"},
    "status": "OPENED",
    "state": {"value": "TicketOpened", "date": utc("14:50")},
    "created": utc("14:50"),
    "updated": utc("14:50"),
    "callPurpose": "Frigoriste",
    "caller": {"name": "Anne Lefèvre", "medium": {"mediumType": "SMS", "identifier": "0199003127"}},
    "address": ADDRESS,
}
DETAIL: Fields = {
    "request": "Vitrine en panne",
    "instructions": "Se présenter à l'accueil",
    "caller": {
        "name": "Anne Lefèvre",
        "medium": {"mediumType": "SMS", "identifier": "0199003127"},
        "comment": "Demander la directrice",
    },
    "additionalDataz": {"Code magasin": "FRPK98"},
}
EXPORT: Fields = {
    "request": "Vitrine en panne",
    "additionalDataz": {"Code magasin": "FRPK98"},
    "freeCommentaries": [],
}
DUBRULLE: Fields = {
    "uid": PROVIDER,
    "name": "Froid Dubrulle",
    "phones": ["0199004512"],
    "fax": [],
    "emails": ["astreinte@dubrulle.example"],
}
"""The provider of the directory, as views show it."""


def expected(row: Row) -> tuple[Any, Any, Any]:
    """Return the whole list item, detail and export that a row describes."""
    journal = [
        {"day": day, "events": [{"eventName": name, "date": date, "data": data} for name, date, data in lines]}
        for day, lines in row.journal.items()
    ]
    common = {**VIEWS, **row.views}
    wholes = (
        common,
        {**common, **DETAIL, **row.detail, "journal": journal},
        {**common, **EXPORT, **row.export},
    )
    item, detail, export = ({key: value for key, value in one.items() if value is not None} for one in wholes)
    return item, detail, export


def written(event_type: str, number: int, said: Fields) -> bytes:
    """Return the published JSON of an event with all fields, in the order of the contract's table."""
    fields = {
        "processUid": process_uid(number),
        "aggregateUid": TICKET,
        "operator": {"name": "Claire Vasseur", "operatorType": "AnonymousOperator"},
        "sentDate": "2016-08-25T15:30:04.000Z",
        "eventType": event_type,
        **said,
    }
    assert fields.keys() <= EVENTS[event_type]["fields"].keys()
    ordered = {name: fields[name] for name in EVENTS[event_type]["fields"] if name in fields}
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


def story(*events: Told, opening: Fields = OPENING) -> list[bytes]:
    """Return a ticket's opening and the events after it, as they are published."""
    numbered = enumerate([("TicketOpened", opening), *events], start=1)
    return [written(event_type, number, said) for number, (event_type, said) in numbered]


def shown(bodies: Sequence[bytes]) -> Shown:
    """Apply published events, and return the views of their ticket as the gateway answers them."""
    records = [EventRecord(version, f"{TICKET}:{version}", body) for version, body in enumerate(bodies, start=1)]
    incoming, unreadable = read(records)
    changes = Changes()
    stop = apply(changes, 0, incoming, {}, directory=DIRECTORY, feed_until=NEVER)
    assert (unreadable, stop) == (None, None)
    ticket, lines = changes.tickets[TICKET], changes.journal
    for line in lines:
        line.update(changes.corrected.get((TICKET, line.get("process", "")), {}).get("$set", {}))
    oldest_first = sorted(lines, key=lambda line: (line["date"], line["version"]))
    listed = [line for line in oldest_first if line["entry"] is not None]
    commentaries = [exported_commentary(line) for line in oldest_first if "commentary" in line]
    return Shown(
        json.loads(ticket["item"]),
        json.loads(detail(ticket["head"], listed)),
        json.loads(exported_ticket(ticket["export"], commentaries)),
        [line["event"] for line in lines],
    )
