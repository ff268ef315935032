import csv
import json
import re
from io import StringIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.answers.ticket_csv import COLUMNS, csv_header, csv_rows, written
from shared.contract import ExportedTicket
from shared.contract.examples import examples

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
SIGNS, ENDS = "=+-@\uff1d\uff0b\uff0d\uff20", ";\t\r\n"
AWKWARD = st.text(st.sampled_from(f"a,\"' \0é{SIGNS}{ENDS}"), max_size=8)


def read(written: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(written.decode(), newline=""), strict=True))


def harmless(cell: str) -> str:
    """Put an apostrophe before a sign at the beginning, and behind what may end a cell."""
    shown, before = "", None
    for letter in cell:
        begins = before is None or before in ENDS
        shown += "'" * ((begins and letter in SIGNS) or (before is None and letter in "\t\r\n")) + letter
        before = letter
    return shown


@given(st.lists(st.lists(TEXT | AWKWARD, min_size=1, max_size=5), max_size=5))
def test_any_cells_are_read_as_they_were_written(rows: list[list[str]]) -> None:
    sent = written(rows)
    assert read(sent) == [[harmless(cell) for cell in row] for row in rows]
    assert sent.endswith(b"\r\n") or not rows


@given(st.lists(TEXT | AWKWARD, min_size=2, max_size=5))
def test_only_cells_that_need_it_are_quoted(row: list[str]) -> None:
    """RFC 4180, rules 5 to 7, written once more."""
    cells = [
        '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\r\n') else cell
        for cell in map(harmless, row)
    ]
    assert written([row]) == (",".join(cells) + "\r\n").encode()


@given(st.lists(AWKWARD, min_size=1))
def test_no_cell_begins_a_formula(row: list[str]) -> None:
    (cells,) = read(written([row]))
    parts = [part for cell in cells for part in re.split(f"[{ENDS}]", cell)]
    assert not any(part[:1] in set(SIGNS) for part in parts)
    assert not any(cell[:1] in set("\t\r\n") for cell in cells)


def test_a_row_has_all_that_a_ticket_shows() -> None:
    example: dict[str, Any] = examples()["view.export"]["result"][0]
    building = {"geographicalIdentificationSupplement": {"building": "B"}}
    inside = {"recipientIdentificationSupplement": {"floor": "1", "unit": "2", "entrance": "3", "elevator": "4"}}
    ticket = example | {
        "closed": "2016-11-10T10:00:00.000Z",
        "agencies": [*example["agencies"], {"uid": "8eccba5b-25c6-153f-2feb-7aef9e509123", "name": 'Sud, "Est"'}],
        "address": example["address"] | building | inside,
        "formalNotice": {"date": "2016-11-11T10:00:00.000Z", "deadline": "2016-11-12T10:00:00.000Z"},
        "interventionScheduled": {"startDate": "2016-11-13T10:00:00.000Z", "endDate": "2016-11-14T10:00:00.000Z"},
        "freeCommentaries": [
            {"date": "2016-11-11T10:00:00.000Z", "message": "one"},
            {"date": "2016-11-12T10:00:00.000Z", "message": "two"},
        ],
    }
    ExportedTicket.model_validate(ticket)
    (header, row) = read(csv_header() + csv_rows([json.dumps(ticket).encode()]))
    assert header == list(COLUMNS)
    assert dict(zip(header, row, strict=True)) == dict.fromkeys(COLUMNS, "") | {
        "uid": "ebf5b908-dc8d-cd22-02f8-8dc9bfc8c345",
        "ref": "20163000er4",
        "status": "OPENED",
        "state": "MissionAccepted",
        "stateDate": "2016-11-09T11:44:48.000Z",
        "created": "2016-11-09T11:42:30.000Z",
        "updated": "2016-11-09T11:45:00.000Z",
        "closed": "2016-11-10T10:00:00.000Z",
        "agencies": 'Agence du Nord; Sud, "Est"',
        "agencyUids": "7eccba5b-25c6-153f-2feb-7aef9e509123; 8eccba5b-25c6-153f-2feb-7aef9e509123",
        "patrimony": "ZER319",
        "patrimonyUid": "f178e729-3286-74d1-ab19-c8539d1dc741",
        "callPurpose": "froid alimentaire",
        "request": "MEUBLE CHARCUTERIE TRAD.",
        "caller": "email DI",
        "callerMedium": "PHONE",
        "callerIdentifier": "0654675432",
        "provider": "chauffagiste Raymond & Fils",
        "providerUid": "b1dbc546-48bd-f49c-b76f-5028426d5321",
        "providerPhones": "0146306552; 0345632753",
        "providerEmails": "john.doe@unknown.com",
        "street": "zi saint hermentaire",
        "zipCode": "83300",
        "city": "DRAGUIGNAN",
        "floor": "1",
        "unit": "2",
        "entrance": "3",
        "elevator": "4",
        "building": "B",
        "scheduledStart": "2016-11-13T10:00:00.000Z",
        "scheduledEnd": "2016-11-14T10:00:00.000Z",
        "formalNotice": "2016-11-11T10:00:00.000Z",
        "formalNoticeDeadline": "2016-11-12T10:00:00.000Z",
        "freeCommentaries": "2016-11-11T10:00:00.000Z one; 2016-11-12T10:00:00.000Z two",
        "additionalDataz": "Code magasin: OT456; Heure réception OT: 12:41:07; OT urgente: NON",
    }


def leaves(schema: Any) -> set[str]:
    """Return the names of all fields of texts of a model, without those of lists of records."""
    found = set()
    for name, field in schema.model_fields.items():
        inner = [one for one in (field.annotation, *getattr(field.annotation, "__args__", ())) if one]
        records = [one for one in inner if hasattr(one, "model_fields")]
        found |= {name} if not records else {f"{name}.{leaf}" for leaf in leaves(records[0])}
    return found


def test_every_field_of_an_exported_ticket_changes_a_row() -> None:
    """A field that the export gets later needs a column, or a word here why it has none."""
    for path in leaves(ExportedTicket):
        ticket: dict[str, Any] = {"freeCommentaries": [], "additionalDataz": {}}
        bare = csv_rows([json.dumps(ticket).encode()])
        first, _, rest = path.partition(".")
        value: Any = "x"
        for name in reversed(rest.split(".") if rest else []):
            value = {name: value}
        if first in ("freeCommentaries", "agencies"):
            value = [{"date": "x", "message": "x"} if first == "freeCommentaries" else value]
        elif first == "additionalDataz":
            value = {"x": "x"}
        ticket[first] = value
        assert csv_rows([json.dumps(ticket).encode()]) != bare, path
