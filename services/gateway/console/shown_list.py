"""What the list of tickets shows: rows, the filters of the address bar, and links to other pages of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from services.gateway.console.writing import cut
from services.gateway.parameters.paging import Page
from services.gateway.parameters.query import Query
from shared.accounts.scopes import Visible
from shared.directory.entries import Agency, Directory
from shared.text import fold

ROWS: Final = 50
"""Tickets of a page when the address bar has no range."""
LONGEST_CELL: Final = 160
SINGLE: Final = ("status", "from", "to")
MANY: Final = ("agency", "location", "callpurpose", "activeproviders", "fulltext")
FILTERS: Final = (*SINGLE, *MANY)
"""The filters of the API by their names there. They are the names in the form and in the address bar too."""
MOST_CHOICES: Final = 500
"""Most agencies, or providers, that the form offers."""
ROW_BYTES, OPTION_BYTES = 700, 75
"""Bytes of a row, and of an option of the form, in a page, about."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of the form: the value of the parameter, and the name that people know."""

    value: str
    name: str


def row(item: bytes) -> Mapping[str, Any]:
    """Return what the list shows of an item of the API's list, cut to what a cell can hold."""
    ticket = orjson.loads(item)
    return {
        "uid": ticket["uid"],
        "ref": cut(ticket["ref"], LONGEST_CELL),
        "status": ticket["status"],
        "step": ticket["state"]["value"] if "state" in ticket else None,
        "since": ticket["state"]["date"] if "state" in ticket else None,
        "created": ticket["created"],
        "purpose": cut(ticket["callPurpose"], LONGEST_CELL),
        "caller": cut(ticket["caller"]["name"], LONGEST_CELL),
        "town": cut(ticket["address"]["city"], LONGEST_CELL),
        "street": cut(ticket["address"].get("street") or "", LONGEST_CELL),
        "agencies": cut(", ".join(agency["name"] for agency in ticket["agencies"]), LONGEST_CELL),
        "provider": cut(ticket.get("provider", {}).get("name") or "", LONGEST_CELL),
    }


def asked_filters(query: Query) -> dict[str, tuple[str, ...]]:
    """Return the values of each filter in the address bar. Raises `BadParameterError`."""
    single = {name: query.one(name) for name in SINGLE}
    many = {name: query.many(name) for name in MANY}
    return {**{name: (value,) if value else () for name, value in single.items()}, **many}


def address(path: str, filters: Mapping[str, Sequence[str]], page: Page | None = None) -> str:
    """Return the address of a page of tickets. A comma inside a value is encoded, as it would separate values."""
    pairs = [f"{name}={quote(value, safe='')}" for name, values in filters.items() for value in values]
    if page:
        pairs.append(f"range={page.first}-{page.first + page.length - 1}")
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def neighbours(page: Page, total: int) -> tuple[Page | None, Page | None]:
    """Return the pages before and after `page` of `total` tickets; None where there is none."""
    before = after = None
    if page.first > 0:
        first = max(0, min(page.first, total) - page.length)
        before = Page(first, page.length, page.largest)
    if page.first + page.length < total:
        after = Page(page.first + page.length, page.length, page.largest)
    return before, after


def page_bytes(rows: int, options: int) -> int:
    """Return about how many bytes the rows and options of a page have, to decide whether a thread renders it."""
    return rows * ROW_BYTES + options * OPTION_BYTES


def offered_agencies(directory: Directory, visible: Visible) -> Sequence[Choice]:
    """Return the agencies that a user may choose, those of `GET /api/v1/agencies`: none with a scope of patrimonies."""
    match visible.kind:
        case "everything":
            known: Iterable[Agency] = directory.agencies.values()
        case "agencies":
            known = filter(None, map(directory.agencies.get, visible.uids))
        case "patrimonies":
            known = ()
    return _choices((agency.uid, agency.label) for agency in known if not agency.removed)


def offered_providers(directory: Directory) -> Sequence[Choice]:
    """Return the providers of the directory."""
    known = directory.providers.values()
    return _choices((provider.uid, provider.name) for provider in known if not provider.removed)


def _choices(entries: Iterable[tuple[str, str]]) -> Sequence[Choice]:
    """Return choices in the order of the API."""
    named = sorted(entries, key=lambda entry: (fold(entry[1]), entry[0]))
    return [Choice(uid, cut(name, LONGEST_CELL)) for uid, name in named[:MOST_CHOICES]]
