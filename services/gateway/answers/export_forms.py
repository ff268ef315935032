"""The forms of the export, and the choice of one by `Accept` (RFC 9110, 12.5.1). Pure.

JSON is the form for everybody who does not name `text/csv` and prefer it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from services.gateway.answers.ticket_csv import csv_header, csv_rows
from shared.read_model.openings import CLOSING, LIST_OPENING

BOM: Final = b"\xef\xbb\xbf"
"""Byte order mark, which makes spreadsheets read the file as UTF-8. Clients ask for it by `text/csv;bom=1`."""
CSV_TYPE: Final = "text/csv; charset=utf-8; header=present"

_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


class ExportForm(NamedTuple):
    """How an export is written: `opening`, then groups of tickets with `between` between them, then `closing`.

    `group` writes a group of tickets, each of them JSON. `takes_long`: it parses them, which belongs on a thread.
    """

    name: str
    media_type: str
    opening: bytes
    between: bytes
    closing: bytes
    group: Callable[[Sequence[bytes]], bytes]
    takes_long: bool


JSON_FORM: Final = ExportForm("json", "application/json", LIST_OPENING, b",", CLOSING, b",".join, takes_long=False)
CSV_FORM: Final = ExportForm("csv", CSV_TYPE, csv_header(), b"", b"", csv_rows, takes_long=True)
CSV_WITH_BOM: Final = CSV_FORM._replace(name="csv with bom", opening=BOM + CSV_FORM.opening)


class _Accepted(NamedTuple):
    """An element of `Accept`: a media type or range in lower case, its parameters, and its weight."""

    media: str
    parameters: frozenset[str]
    weight: float


def chosen_form(accept: str) -> ExportForm:
    """Return the form for a client that sent `accept`, which is empty without the header.

    CSV must be named as `text/csv`, with more weight than JSON. The best of several counts. The weight of JSON is that
    of `application/json`, else of `application/*`, else of `*/*`. An element with an unreadable weight is ignored.
    """
    accepted = list(_accepted(accept))
    named = [one for one in accepted if one.media == "text/csv"]
    best = max(named, key=lambda one: one.weight, default=None)
    if best is None or best.weight <= _weight_of_json(accepted):
        return JSON_FORM
    return CSV_WITH_BOM if "bom=1" in best.parameters else CSV_FORM


def _weight_of_json(accepted: Sequence[_Accepted]) -> float:
    for media in ("application/json", "application/*", "*/*"):
        if weights := [one.weight for one in accepted if one.media == media]:
            return max(weights)
    return 0.0


def _accepted(accept: str) -> Iterator[_Accepted]:
    for element in accept.lower().split(","):
        media, *parameters = ("".join(part.split()) for part in element.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if media and _WEIGHT.fullmatch(weight):
            yield _Accepted(media, frozenset(parameters), float(weight))
