"""The shape of the read model belongs to its number: when the shape changes, the number must change."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from services.projector.folds.day_counters import Cell, increments
from services.projector.folds.documents import journal_document, ticket_document
from shared.contract import dump
from shared.read_model import LAYOUT
from shared.read_model.counter_layout import first_fields
from shared.read_model.index_names import JournalIndex, StatsIndex, TicketsIndex
from shared.storage.schema import INDEXES
from tests.unit.services.projector.folds.story import AT_PATRIMONY, DIRECTORY, REFERENCED, after, event, opened, updated

STORY = (
    opened(),
    updated(location=AT_PATRIMONY),
    event("ArrivedOnSite", 3, provider=REFERENCED, date="2016-05-27T00:30:00.000+02:00"),
    event("MessageAdded", 4, message="un", messageAddedDate="2016-05-26T10:10:00.000+02:00"),
    event("TicketCancelled", 5, date="2016-05-27T00:30:00.000+02:00"),
)
COUNTED = Cell("agencies", "a,b", "2016-05-26", "OPENED")


def types(value: Any) -> Any:
    """Return the type of every field of a document."""
    if isinstance(value, Mapping):
        return {name: types(field) for name, field in value.items()}
    return type(value).__name__


def shape() -> dict[str, Any]:
    """Return what is stored of one ticket: types of all fields, counters, and indexes with their keys."""
    journal: dict[str, Any] = {}
    for number, each in enumerate(STORY, 1):
        journal |= types(journal_document(after(*STORY[:number]), each, dump(each), DIRECTORY))
    ((place, fields),) = increments({(3, COUNTED): 1}).items()
    return {
        "tickets": types(ticket_document(after(*STORY), DIRECTORY)),
        "journal": journal,
        "stats": {"_id": types(place._asdict()), **types(first_fields(place)), **fields},
        "indexes": {
            (collection, index.document["name"]): " ".join(index.document["key"])
            for collection in ("tickets", "journal", "stats")
            for index in INDEXES[collection]
        },
    }


SHAPES: dict[int, dict[str, Any]] = {
    2: {
        "tickets": {
            "_id": "str",
            "version": "int",
            "created": "datetime",
            "day": "str",
            "status": "str",
            "closed": "str",
            "commented": "int",
            "agencies": "list",
            "patrimony": "str",
            "town": "str",
            "purpose": "str",
            "provider": "str",
            "words": "list",
            "texts": "list",
            "item": "bytes",
            "head": "bytes",
            "export": "bytes",
            "state": "bytes",
        },
        "journal": {
            "_id": "str",
            "ticket": "str",
            "version": "int",
            "agencies": "list",
            "sent": "datetime",
            "date": "datetime",
            "day": "str",
            "entry": "bytes",
            "event": "bytes",
            "patrimony": "str",
            "provider": "str",
            "process": "str",
            "commentary": "bytes",
            "message": "bytes",
        },
        "stats": {
            "_id": {"year": "int", "partition": "int", "dimension": "str", "value": "str"},
            "dimension": "str",
            "value": "str",
            "year": "int",
            "agencies": "list",
            "months.05.OPENED": 1,
            "months.05.days.26.OPENED": 1,
        },
        "indexes": {
            ("tickets", "newest"): "created _id",
            ("tickets", "status"): "status created _id",
            ("tickets", "agency"): "agencies created _id status town purpose provider",
            ("tickets", "patrimony"): "patrimony created _id status town purpose provider",
            ("tickets", "town"): "town created _id status purpose provider",
            ("tickets", "purpose"): "purpose created _id status town provider",
            ("tickets", "provider"): "provider created _id status town purpose",
            ("tickets", "words"): "words created _id",
            ("tickets", "closed"): "closed town purpose provider",
            ("tickets", "closed_agency"): "agencies closed town purpose provider",
            ("tickets", "closed_patrimony"): "patrimony closed town purpose provider",
            ("journal", "ticket"): "ticket date version",
            ("journal", "sent"): "sent ticket version",
            ("journal", "dated"): "late sent ticket version",
            ("journal", "words"): "words",
            ("journal", "agency"): "agencies",
            ("journal", "patrimony"): "patrimony",
            ("journal", "commentary"): "ticket date version",
            ("journal", "process"): "ticket process",
            ("journal", "provider"): "provider _id",
            ("stats", "cell"): "dimension value year",
            ("stats", "agency"): "agencies year",
        },
    },
}


def test_the_shape_is_that_of_the_layout_number() -> None:
    """A failure means: the shape changed. Add 1 to `LAYOUT`, and the new shape here."""
    assert shape() == SHAPES[LAYOUT]


@pytest.mark.parametrize(
    ("collection", "names"), [("tickets", TicketsIndex), ("journal", JournalIndex), ("stats", StatsIndex)]
)
def test_every_index_that_queries_may_name_is_made(collection: str, names: object) -> None:
    assert sorted(index.document["name"] for index in INDEXES[collection]) == sorted(get_args(names))
