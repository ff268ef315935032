"""Exported tickets as CSV (RFC 4180): one row for each ticket, made from its JSON. Pure.

A cell with several values has them joined by `; `. A field that a ticket lacks is an empty cell.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from typing import Any, Final

import orjson

Json = Mapping[str, Any]

BETWEEN: Final = "; "
"""What stands between the values of a cell."""
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
FORMULA: Final = re.compile(f"(?:^|(?<=[;\t\r\n]))(?=[{_SIGNS}])|^(?=[\t\r\n])")
"""Where spreadsheets find the beginning of a formula: at the beginning of a cell, or of a part of one.

Many spreadsheets take a semicolon for the end of a cell, so that a part of a text becomes a cell. An apostrophe there
makes a formula a text. Some spreadsheets take the wide forms of the signs too.
"""


def _at(*path: str) -> Callable[[Json], str]:
    """Return a function that finds the text, or the joined texts, at a path of field names. It passes through lists."""

    def found(ticket: Json) -> str:
        values: list[Any] = [ticket]
        for name in path:
            values = [value[name] for value in values if name in value]
            if values and isinstance(values[0], list):
                values = values[0]
        return BETWEEN.join(values)

    return found


def _commentaries(ticket: Json) -> str:
    return BETWEEN.join(f"{each['date']} {each['message']}" for each in ticket["freeCommentaries"])


def _additional_data(ticket: Json) -> str:
    return BETWEEN.join(f"{name}: {value}" for name, value in ticket["additionalDataz"].items())


_RECIPIENT, _BUILDING = "recipientIdentificationSupplement", "geographicalIdentificationSupplement"

COLUMNS: Final[Mapping[str, Callable[[Json], str]]] = {
    "uid": _at("uid"),
    "ref": _at("ref"),
    "status": _at("status"),
    "state": _at("state", "value"),
    "stateDate": _at("state", "date"),
    "created": _at("created"),
    "updated": _at("updated"),
    "closed": _at("closed"),
    "agencies": _at("agencies", "name"),
    "agencyUids": _at("agencies", "uid"),
    "patrimony": _at("patrimony", "name"),
    "patrimonyUid": _at("patrimony", "uid"),
    "callPurpose": _at("callPurpose"),
    "request": _at("request"),
    "caller": _at("caller", "name"),
    "callerMedium": _at("caller", "medium", "mediumType"),
    "callerIdentifier": _at("caller", "medium", "identifier"),
    "provider": _at("provider", "name"),
    "providerUid": _at("provider", "uid"),
    "providerPhones": _at("provider", "phones"),
    "providerFax": _at("provider", "fax"),
    "providerEmails": _at("provider", "emails"),
    "quality": _at("address", "quality"),
    "street": _at("address", "street"),
    "complement": _at("address", "complement"),
    "floor": _at("address", _RECIPIENT, "floor"),
    "unit": _at("address", _RECIPIENT, "unit"),
    "entrance": _at("address", _RECIPIENT, "entrance"),
    "elevator": _at("address", _RECIPIENT, "elevator"),
    "staircase": _at("address", _RECIPIENT, "staircase"),
    "building": _at("address", _BUILDING, "building"),
    "zipCode": _at("address", "zipCode"),
    "city": _at("address", "city"),
    "addressState": _at("address", "state"),
    "country": _at("address", "country"),
    "scheduledStart": _at("interventionScheduled", "startDate"),
    "scheduledEnd": _at("interventionScheduled", "endDate"),
    "interventionDeadline": _at("interventionDeadline"),
    "formalNotice": _at("formalNotice", "date"),
    "formalNoticeDeadline": _at("formalNotice", "deadline"),
    "freeCommentaries": _commentaries,
    "additionalDataz": _additional_data,
}
"""The columns in their order, each with how its cell is found in an `ExportedTicket`. Clients know them by name: a new
one goes to the end."""


def csv_rows(tickets: Iterable[bytes]) -> bytes:
    """Return a row for each of the tickets, which are JSON as in the export."""
    return written([cell(ticket) for cell in COLUMNS.values()] for ticket in map(orjson.loads, tickets))


def csv_header() -> bytes:
    """Return the row with the names of the columns."""
    return written([COLUMNS])


def written(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as CSV in UTF-8: each ends with CRLF; cells with commas, quotes or line ends are quoted."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(map(_harmless, row) for row in rows)
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    return FORMULA.sub("'", cell)
